from __future__ import annotations

from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path

import great_expectations.expectations as gxe
import pandas as pd
import pytest
from great_expectations.expectations.row_conditions import Column

from data_contracts.data_docs import write_data_docs
from data_contracts.data_docs_view import VALUE_CHARACTERS_MAX, escape, show_columns
from tests.data_contracts.validations import (
    ACCEPTED,
    PAGES,
    about_the_rows,
    about_the_table,
    one_line,
    parts,
    suite_of,
    validate,
    write_docs,
)

pytestmark = pytest.mark.heavy


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


def test_parts_are_shown_as_one_validation(folders: dict[str, Path]) -> None:
    accepted = Parsed(folders["accepted"] / "index.html")
    assert "✓ All 11 expectations passed." in accepted.text
    assert "Evaluated Expectations 11 Successful Expectations 11 Unsuccessful" in accepted.text
    rejected = Parsed(folders["rejected"] / "index.html")
    assert "✗ 11 of 11 expectations failed: 6 critical, 4 warning, 1 info." in rejected.text
    assert "Unsuccessful Expectations 11 Success Percent 0%" in rejected.text
    assert "Must have these columns in this order" in rejected.text
    assert "values must be unique" in rejected.text


def test_one_failed_part_fails_the_validation(tmp_path: Path) -> None:
    good, bad = parts("accepted")[1][1], parts("rejected")[1][0]
    suite = suite_of(*about_the_table(ACCEPTED.columns), *about_the_rows())
    for number, results in enumerate(([*good, *bad], [*bad, *good])):
        write_data_docs(suite, results, tmp_path / str(number))
        text = Parsed(tmp_path / str(number) / "index.html").text
        assert "2 of 11 expectations failed: 1 critical, 1 warning." in text
        assert "Status: Failed" in text


def test_each_page_leads_to_the_other(folders: dict[str, Path]) -> None:
    for name, status in (("accepted", "Succeeded"), ("rejected", "Failed")):
        page = Parsed(folders[name] / "index.html")
        assert (
            f"Expectation Suite: made_up_reviews Data asset: made_up_reviews Status: {status}"
            in (page.text)
        )
        assert "expectations.html" in page.values_of("href")
        assert "index.html" in Parsed(folders[name] / "expectations.html").values_of("href")


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


def test_folder_holds_two_small_pages(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        assert sorted(path.name for path in folder.rglob("*")) == sorted(PAGES)
        assert sum(path.stat().st_size for path in folder.iterdir()) < 200_000


def test_long_values_are_cut(folders: dict[str, Path]) -> None:
    text = Parsed(folders["rejected"] / "index.html").text
    assert "x" * VALUE_CHARACTERS_MAX + " …" in text
    assert "x" * (VALUE_CHARACTERS_MAX + 1) not in text


def test_same_results_give_the_same_bytes(folders: dict[str, Path], tmp_path: Path) -> None:
    write_docs("rejected", tmp_path)
    for page in PAGES:
        assert (tmp_path / page).read_bytes() == (folders["rejected"] / page).read_bytes()


def test_suite_and_results_stay_as_they_are(tmp_path: Path) -> None:
    suite, (_, results) = parts("rejected")
    before = deepcopy([suite, *results])
    write_data_docs(suite, results, tmp_path)
    assert [suite, *results] == before


def test_nothing_fails_to_render(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_docs("rejected", tmp_path)
    assert caplog.records == []
    text = Parsed(tmp_path / "index.html").text
    assert "mean must be greater than or equal to 85.0 and less than or equal to 90.0 . 173" in text
    assert "Quantile Value Median 7" in text


def test_severities_and_verdicts_are_words(folders: dict[str, Path]) -> None:
    for name, verdict in (("accepted", "passed"), ("rejected", "failed")):
        text = Parsed(folders[name] / "index.html").text
        assert f"{verdict} critical values must never be null." in text
        assert f"{verdict} warning values must match this regular expression" in text
        assert f"{verdict} warning A description ends loudly." in text
    text = Parsed(folders["accepted"] / "expectations.html").text
    assert "values must never be null. critical" in text
    assert "A description ends loudly. warning" in text
    assert "country , points , description warning" in text


def test_expectation_without_a_result_is_on_the_suite_page_alone(folders: dict[str, Path]) -> None:
    assert "variety" in Parsed(folders["accepted"] / "expectations.html").text
    assert "variety" not in Parsed(folders["accepted"] / "index.html").text


def test_custom_expectation_without_description_shows_name_and_arguments(
    folders: dict[str, Path],
) -> None:
    text = Parsed(folders["nasty"] / "expectations.html").text
    assert "expect_column_values_to_end_loudly (**{'column': 'plain'})" in text


def test_every_text_is_escaped_and_long_values_are_cut() -> None:
    content = {
        "table": [["<b>", 7, None, True], ("'a' & b", {"cell": "<"})],
        "template": "<" * 300,
        "params": {"html_success_icon": "<i></i>", "value": "<" * 300, "path": Path("<")},
        "tooltip": {"content": "left out"},
    }
    assert escape(content) == {
        "table": [["&lt;b&gt;", 7, None, True], ["&#x27;a&#x27; &amp; b", {"cell": "&lt;"}]],
        "template": "&lt;" * 300,
        "params": {
            "html_success_icon": "<i></i>",
            "value": f"{'&lt;' * VALUE_CHARACTERS_MAX} …",
            "path": "&lt;",
        },
    }


@pytest.mark.parametrize("page", PAGES)
def test_columns_of_the_pipeline_have_names_for_people(tmp_path: Path, page: str) -> None:
    own = {":as_written:points": ["x", None], ":unreadable": ["x", None]}
    is_number = Column(":as_written:points").is_null()
    suite = suite_of(
        *(gxe.ExpectColumnValuesToBeNull(column=column) for column in own),
        gxe.ExpectColumnValuesToNotBeNull(column="points", row_condition=is_number),
    )
    write_data_docs(
        suite, validate(suite, pd.DataFrame(own | {"points": [1, None]})).results, tmp_path
    )
    text = Parsed(tmp_path / page).text
    assert "as_written" not in text
    assert ":unreadable" not in text
    assert "If points (no number) IS NULL , then values must never be null." in text
    found = "✗ 1 " if page == "index.html" else ""
    names = ("points (no number)", "unreadable rows", "points")
    assert " ".join(["Overview", *(f"{name} {found}".strip() for name in names)]) in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (":as_written:a b", "a b (no number)"),
        (":as_written:a IS NULL", "a (no number) IS NULL"),
        (":as_written:IS it IS NULL", "IS it (no number) IS NULL"),
        (":unreadable", "unreadable rows"),
        ("as_written", "as_written"),
    ],
)
def test_names_and_conditions_are_shown_in_plain_words(name: str, shown: str) -> None:
    assert show_columns(name) == shown
    assert escape({"condition_content": name, "value": name}) == {
        "condition_content": shown,
        "value": name,
    }
