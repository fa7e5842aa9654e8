from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
import pytest
from great_expectations.core import ExpectationSuite
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.expectations.row_conditions import Column

from data_contracts.data_docs import write_data_docs
from data_contracts.data_docs_view import VALUE_CHARACTERS_MAX, DataDocsView

PAGES = ("index.html", "validation.html", "expectations.html")
NASTY = (
    "<script>window.pwned=1</script>",
    '<img src=x onerror="window.pwned=1">',
    '"><svg onload="window.pwned=1">',
    "</style></title></textarea><script>window.pwned=1</script>",
    "[x](javascript:alert(1)) ![x](http://evil.example/x.png)",
    '=HYPERLINK("http://evil.example","x")',
    "$column ${column} $value $PARAMETER $$ $$$x $styling $template",
    "{{7*7}} {% raw %} {{section_id}}",
    "&lt;b&gt; &amp; %(x)s %s {0}",
)
ALL_NASTY = " ".join(NASTY)
MISSING = f"missing {NASTY[2]} {NASTY[4]}"
HEADER = f"$column $$ {NASTY[0]} {NASTY[1]}"


class ColumnValuesEndLoudly(ColumnMapMetricProvider):
    condition_metric_name = "column_values.end_loudly"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: Any, **_: Any) -> Any:  # noqa: N805
        return column.astype("str").str.endswith("!")


class ExpectColumnValuesToEndLoudly(ColumnMapExpectation):
    """With a description it reads as the description, without one as its name and arguments."""

    map_metric = "column_values.end_loudly"
    args_keys = ("column",)


def validate(suite: ExpectationSuite, frame: pd.DataFrame) -> Any:
    configuration = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(project_config=configuration, mode="ephemeral")
    asset = context.data_sources.add_pandas("made_up").add_dataframe_asset("delivery")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    return batch.validate(suite, result_format="BASIC")


def suite_of(*expectations: Any, name: str = "made_up_reviews", **more: Any) -> ExpectationSuite:
    return ExpectationSuite(name=name, expectations=list(expectations), **more)


def about_the_table(columns: Sequence[str]) -> list[Any]:
    return [
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=list(columns)),
        gxe.ExpectTableColumnsToMatchSet(column_set=list(columns), severity="warning"),
    ]


def about_the_rows() -> list[Any]:
    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=4),
        gxe.ExpectColumnValuesToNotBeNull(column="country"),
        gxe.ExpectColumnValuesToBeInSet(column="country", value_set=["Chile", "Spain"]),
        gxe.ExpectColumnValuesToBeBetween(column="points", min_value=80, max_value=100),
        gxe.ExpectColumnMeanToBeBetween(
            column="points", min_value=85, max_value=90, severity="warning"
        ),
        gxe.ExpectColumnQuantileValuesToBeBetween(
            column="points",
            quantile_ranges={"quantiles": [0.5], "value_ranges": [[80, 100]]},
            severity="info",
        ),
        gxe.ExpectColumnValuesToMatchRegex(
            column="description", regex=r"^(?!\s).{20,}$", severity="warning"
        ),
        gxe.ExpectColumnValuesToBeUnique(column="description"),
        ExpectColumnValuesToEndLoudly(
            column="description", description="A description ends loudly.", severity="warning"
        ),
    ]


ACCEPTED = pd.DataFrame(
    {
        "country": ["Chile", "Spain", "Chile"],
        "points": [85, 87, 91],
        "description": [f"A firm, bright and long wine of lot {n}!" for n in range(3)],
    }
)
REJECTED = pd.DataFrame(
    {
        "country": ["Chile", None, "", *["Atlantis"] * 3],
        "points": [85, 850, -3, 0, 7, 99],
        "description": ["x" * 2_000, "short", "short", " lead", "", "Good and long enough!"],
    }
)
HEADER_OF_THE_CONTRACT = {"accepted": list(ACCEPTED), "rejected": [*ACCEPTED, "price"]}
FRAMES = {"accepted": ACCEPTED, "rejected": REJECTED}


def nasty_suite_and_frame() -> tuple[ExpectationSuite, pd.DataFrame]:
    values = list(NASTY)
    frame = pd.DataFrame({HEADER: values, "plain": ["fine"] * len(values)})
    suite = suite_of(
        gxe.ExpectColumnValuesToBeInSet(
            column=HEADER, value_set=["fine", *values[:4]], notes=values, meta={"rule": values[0]}
        ),
        gxe.ExpectColumnValuesToMatchRegex(column=HEADER, regex="^fine$|(?<!<script>)x"),
        gxe.ExpectColumnValuesToNotMatchRegex(column="plain", regex=re.escape(ALL_NASTY)),
        gxe.ExpectColumnDistinctValuesToEqualSet(column=HEADER, value_set=["fine"]),
        gxe.ExpectColumnMostCommonValueToBeInSet(column=HEADER, value_set=values),
        gxe.ExpectTableColumnsToMatchOrderedList(column_list=[*values, "plain"]),
        gxe.ExpectTableColumnsToMatchSet(column_set=values),
        gxe.ExpectColumnPairValuesToBeEqual(column_A=HEADER, column_B="plain"),
        gxe.ExpectColumnValuesToNotBeNull(column=MISSING),
        gxe.ExpectColumnValuesToMatchJsonSchema(column=HEADER, json_schema={"title": ALL_NASTY}),
        ExpectColumnValuesToEndLoudly(column=HEADER, description=f"Described: {ALL_NASTY}"),
        ExpectColumnValuesToEndLoudly(column="plain", notes=ALL_NASTY),
        gxe.ExpectColumnValuesToNotBeNull(
            column="plain", row_condition=Column("plain") != NASTY[1]
        ),
        ExpectColumnValuesToEndLoudly(column=HEADER),
        notes=ALL_NASTY,
        name=f"a.b/../c {NASTY[1]} {NASTY[2]}",
    )
    return suite, frame


def parts(name: str) -> tuple[ExpectationSuite, list[Any]]:
    """The suite of a delivery, and its results, in two parts as the checks have them."""
    columns, frame = HEADER_OF_THE_CONTRACT[name], FRAMES[name]
    table, rows = suite_of(*about_the_table(columns)), suite_of(*about_the_rows())
    results = [validate(table, frame.head(0)), validate(rows, frame)]
    not_asked = gxe.ExpectColumnValuesToNotBeNull(column="variety")
    return suite_of(*about_the_table(columns), *about_the_rows(), not_asked), results


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("data_docs")
    for name in FRAMES:
        write_data_docs(*parts(name), root / name)
    suite, frame = nasty_suite_and_frame()
    write_data_docs(suite, [validate(suite, frame)], root / "nasty")
    return {path.name: path for path in root.iterdir()}


class Parsed(HTMLParser):
    """What a page is made of, by a parser that knows nothing of how it was written."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def values_of(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    @property
    def text(self) -> str:
        return one_line(" ".join(self.texts))


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_parts_are_shown_as_one_validation(folders: dict[str, Path]) -> None:
    accepted = Parsed(folders["accepted"] / "validation.html")
    assert "✓ All 11 expectations passed." in accepted.text
    assert "Evaluated Expectations 11 Successful Expectations 11 Unsuccessful" in accepted.text
    rejected = Parsed(folders["rejected"] / "validation.html")
    assert "✗ 11 of 11 expectations failed: 6 critical, 4 warning, 1 info." in rejected.text
    assert "Unsuccessful Expectations 11 Success Percent 0%" in rejected.text
    assert "Must have these columns in this order" in rejected.text
    assert "values must be unique" in rejected.text


def test_one_failed_part_fails_the_validation(tmp_path: Path) -> None:
    good, bad = parts("accepted")[1][1], parts("rejected")[1][0]
    suite = suite_of(*about_the_table(ACCEPTED.columns), *about_the_rows())
    for number, results in enumerate(([good, bad], [bad, good])):
        write_data_docs(suite, results, tmp_path / str(number))
        text = Parsed(tmp_path / str(number) / "validation.html").text
        assert "2 of 11 expectations failed: 1 critical, 1 warning." in text
        assert "Status: Failed" in text


def test_index_leads_to_the_other_pages(folders: dict[str, Path]) -> None:
    for name, verdict in (("accepted", "Success"), ("rejected", "Failed")):
        page = Parsed(folders[name] / "index.html")
        assert f"{verdict} made_up_reviews made_up_reviews" in page.text
        assert {"validation.html", "expectations.html"} <= set(page.values_of("href"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", ["accepted", "rejected", "nasty"])
def test_pages_need_nothing_else(folders: dict[str, Path], name: str, page: str) -> None:
    parsed = Parsed(folders[name] / page)
    assert not parsed.tags & {"script", "img", "iframe", "object", "embed", "form", "svg", "base"}
    assert not parsed.values_of("src")
    assert not [a for _, attributes in parsed.elements for a in attributes if a.startswith("on")]
    head = [tag for tag, _ in parsed.elements[:3]]
    assert head == ["html", "head", "meta"]
    policy = parsed.elements[2][1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert str(policy["content"]).startswith("default-src 'none'; style-src 'unsafe-inline';")
    ids = set(parsed.values_of("id"))
    for link in parsed.values_of("href"):
        assert link in {*PAGES, "data:,"} or str(link).removeprefix("#") in ids, link
    style = (folders[name] / page).read_text(encoding="utf-8").split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_folder_holds_three_small_pages(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        assert sorted(path.name for path in folder.rglob("*")) == sorted(PAGES)
        assert sum(path.stat().st_size for path in folder.iterdir()) < 200_000


def test_long_values_are_cut(folders: dict[str, Path]) -> None:
    text = Parsed(folders["rejected"] / "validation.html").text
    assert "x" * VALUE_CHARACTERS_MAX + " …" in text
    assert "x" * (VALUE_CHARACTERS_MAX + 1) not in text


def test_same_results_give_the_same_bytes(folders: dict[str, Path], tmp_path: Path) -> None:
    write_data_docs(*parts("rejected"), tmp_path)
    for page in PAGES:
        assert (tmp_path / page).read_bytes() == (folders["rejected"] / page).read_bytes()


def test_suite_and_results_stay_as_they_are(tmp_path: Path) -> None:
    suite, results = parts("rejected")
    before = deepcopy([suite, *results])
    write_data_docs(suite, results, tmp_path)
    assert [suite, *results] == before


def test_nothing_fails_to_render(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_data_docs(*parts("rejected"), tmp_path)
    assert caplog.records == []
    text = Parsed(tmp_path / "validation.html").text
    assert "mean must be greater than or equal to 85.0 and less than or equal to 90.0 . 173" in text
    assert "Quantile Value Median 7" in text


def test_severities_and_verdicts_are_words(folders: dict[str, Path]) -> None:
    for name, verdict in (("accepted", "passed"), ("rejected", "failed")):
        text = Parsed(folders[name] / "validation.html").text
        assert f"{verdict} critical values must never be null." in text
        assert f"{verdict} warning values must match this regular expression" in text
        assert f"{verdict} warning A description ends loudly." in text
    text = Parsed(folders["accepted"] / "expectations.html").text
    assert "values must never be null. critical" in text
    assert "A description ends loudly. warning" in text
    assert "country , points , description warning" in text


def test_expectation_without_a_result_is_on_the_suite_page_alone(folders: dict[str, Path]) -> None:
    assert "variety" in Parsed(folders["accepted"] / "expectations.html").text
    assert "variety" not in Parsed(folders["accepted"] / "validation.html").text


def test_custom_expectation_without_description_shows_name_and_arguments(
    folders: dict[str, Path],
) -> None:
    text = Parsed(folders["nasty"] / "expectations.html").text
    assert "expect_column_values_to_end_loudly (**{'column': 'plain'})" in text


def test_tooltips_are_left_out() -> None:
    shown = DataDocsView().render_string_template(
        {"template": "batch", "tooltip": {"content": "<b>$template</b>"}}
    )
    assert one_line(shown) == "<span > batch </span>"
