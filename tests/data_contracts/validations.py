"""Validations of made-up deliveries, for Data Docs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
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

PAGES = ("index.html", "expectations.html")
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


def parts(name: str) -> tuple[ExpectationSuite, list[list[Any]]]:
    """The suite of a delivery; the results of the expectations about the table, and of the rest."""
    columns, frame = HEADER_OF_THE_CONTRACT[name], FRAMES[name]
    table, rows = suite_of(*about_the_table(columns)), suite_of(*about_the_rows())
    results = [validate(table, frame.head(0)).results, validate(rows, frame).results]
    not_evaluated = gxe.ExpectColumnValuesToNotBeNull(column="variety")
    return suite_of(*about_the_table(columns), *about_the_rows(), not_evaluated), results


def one_line(text: str) -> str:
    return " ".join(text.split())


def write_docs(name: str, folder: Path) -> None:
    suite, results = parts(name)
    write_data_docs(suite, [*results[0], *results[1]], folder)
