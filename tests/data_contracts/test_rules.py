"""Rules of the document's `quality`: which are read, which are refused, what they look at."""

from __future__ import annotations

from typing import Any

import pytest
from open_data_contract_standard.model import DataQuality, SchemaProperty

from data_contracts.known_expectations import EXPECTATIONS
from data_contracts.problems import Problems
from data_contracts.rules import (
    Rule,
    columns_of,
    rules_of_column,
    rules_of_table,
)

POINTS = {"type": "comparison", "column": {"name": "points"}, "operator": ">=", "parameter": 80}
NO_TITLE = {"type": "nullity", "column": {"name": "title"}, "is_null": True}
NOT_NULL, DETERMINES = "expect_column_values_to_not_be_null", "expect_column_to_determine"
CUSTOM: dict[str, Any] = {
    "name": "x",
    "type": "custom",
    "engine": "greatExpectations",
    "severity": "info",
    "description": "X.",
    "implementation": {"type": "expect_x", "kwargs": {"mostly": 0.5}},
}
LIBRARY: dict[str, Any] = {
    "name": "x",
    "type": "library",
    "severity": "warning",
    "description": "X.",
}


def rule_with(**arguments: Any) -> Rule:
    return Rule("x", None, "info", "expect_x", arguments, "X.")


def of_table(**entry: Any) -> Rule:
    problems = Problems()
    rules = [*rules_of_table([DataQuality(**entry)], problems)]
    problems.raise_any()
    return rules[0]


def of_column(column: SchemaProperty) -> list[Rule]:
    problems = Problems()
    rules = [*rules_of_column(column, problems)]
    problems.raise_any()
    return rules


def refused(says: str, **entry: Any) -> None:
    with pytest.raises(ValueError, match=says):
        of_table(**entry)


@pytest.mark.parametrize(
    ("condition", "columns"),
    [
        (POINTS, {"points"}),
        (NO_TITLE, {"title"}),
        (NO_TITLE | {"is_null": False}, {"title"}),
        ({"type": "and", "conditions": [POINTS, NO_TITLE]}, {"points", "title"}),
    ],
)
def test_a_condition_names_the_columns_that_it_looks_at(
    condition: dict[str, Any], columns: set[str]
) -> None:
    assert columns_of(condition) == columns


@pytest.mark.parametrize(
    "condition",
    [
        {"type": "or", "conditions": [POINTS, NO_TITLE]},
        {"type": "and", "conditions": []},
        {"type": "and", "conditions": [POINTS], "other": 1},
        NO_TITLE | {"other": 1},
        {"type": "and", "conditions": [POINTS, {"type": "or"}]},
        NO_TITLE | {"is_null": "yes"},
        NO_TITLE | {"column": {"name": 1}},
        {"type": "nullity", "column": {"name": "title"}},
        POINTS | {"operator": "!="},
        POINTS | {"operator": ["<"]},
        POINTS | {"other": 1},
        {"type": "comparison", "column": {"name": "points"}, "operator": ">="},
        {"type": "comparison", "column": {"name": "points"}, "operator": "!=", "x": 1},
        {"type": "comparison", "column": {"name": "points"}, "operator": "<", "x": 1},
    ],
)
def test_another_condition_is_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"the row_condition .* cannot be checked"):
        columns_of(condition)


def test_a_rule_looks_at_the_columns_of_its_arguments_and_its_condition() -> None:
    assert rule_with().used_columns == set()
    assert rule_with(column=":as_written:points").used_columns == {":as_written:points"}
    assert rule_with(column=":as_written:points").columns == {"points"}
    pair = rule_with(column_A="title", column_B="winery", row_condition=POINTS)
    assert pair.used_columns == pair.columns == {"title", "winery", "points"}
    with pytest.raises(ValueError, match="row_condition"):
        _ = rule_with(column="title", row_condition={"type": "or"}).used_columns


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        ({}, set()),
        ({"a": "$columns", "b": "last.rows", "c": "100 $", "d": 1}, set()),
        ({"a": "$last.rows", "b": "$last.target_counts"}, {"last"}),
        ({"a": "$last.rows", "b": "$champion.histogram", "c": None}, {"last", "champion"}),
    ],
)
def test_a_rule_needs_what_its_arguments_name(arguments: dict[str, Any], needs: set[str]) -> None:
    assert rule_with(**arguments).needs == needs


def test_what_an_argument_may_stand_for() -> None:
    values = {
        *("rows", "accepted_before", "null_fractions", "target_counts", "histogram", "token_bins"),
        *("vocabulary", "unknown_by_chance", "length_correlation"),
    }
    named = {f"${name}.{value}" for name in ("last", "champion") for value in values}
    known = {r for e in EXPECTATIONS.values() for k in e.arguments.values() for r in k.references}
    assert known == {"$columns", "$target_width", "$edges", "$champion.error", *named}


def test_a_custom_rule_is_taken_as_it_is() -> None:
    assert of_table(**CUSTOM) == Rule("x", None, "info", "expect_x", {"mostly": 0.5}, "X.")
    bare = CUSTOM | {"implementation": {"type": "expect_x"}}
    assert of_table(**bare).arguments == {}


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_a_rule_is_as_severe_as_it_says(severity: str) -> None:
    assert of_table(**CUSTOM | {"severity": severity}).severity == severity


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": ""}, "^rule 1 of the table: a rule needs a name$"),
        ({"description": ""}, "^x: a rule needs a description"),
        ({"severity": None}, "^x: a rule needs a severity, one of critical, warning, info$"),
        ({"severity": "grave"}, 'must be one of critical, warning, info, not "grave"$'),
        ({"severity": "Critical"}, 'must be one of critical, warning, info, not "Critical"$'),
        ({"type": "text"}, '^x: type must be one of library, custom, not "text"$'),
        ({"type": "Custom", "severity": "grave"}, '^x: severity .*; x: type .* not "Custom"$'),
        ({"engine": "soda"}, 'engine of .* must be greatExpectations, not "soda"$'),
        ({"engine": "GreatExpectations", "severity": None}, '; x: the engine .*, not "GreatExp'),
        ({"implementation": "expect_x"}, 'implementation must have a type, .*, not "expect_x"$'),
        ({"implementation": "type"}, "^x: the implementation must have a type, "),
        ({"implementation": {"kwargs": {}}}, "^x: the implementation must have a type, "),
        (
            {"implementation": {"type": "expect_x", "kwarg": {}}},
            "^x: an implementation has no kwarg; did you mean kwargs[?]$",
        ),
        (
            {"implementation": {"type": "expect_x", "kwargs": [1]}},
            r"^x: kwargs must be names with values, not \[1\]$",
        ),
    ],
)
def test_a_custom_rule_that_lacks_something_is_refused(changes: dict[str, Any], says: str) -> None:
    refused(says, **CUSTOM | changes)


def test_a_text_that_ends_with_a_dollar_stands_for_itself() -> None:
    regex = {"type": "expect_x", "kwargs": {"regex": "a$", "n": 1}}
    assert of_table(**CUSTOM | {"implementation": regex}).arguments == {"regex": "a$", "n": 1}


def test_the_standards_metrics_are_expectations() -> None:
    rows = of_table(**LIBRARY, metric="rowCount", mustBeGreaterOrEqualTo=100)
    between = "expect_table_row_count_to_be_between"
    assert rows == Rule("x", None, "warning", between, {"min_value": 100}, "X.")
    nulls = of_table(**LIBRARY, metric="nullValues", unit="percent", mustBeLessOrEqualTo=15)
    given = "expect_column_values_to_not_be_null"
    assert nulls == Rule("x", None, "warning", given, {"mostly": 0.85}, "X.")
    # As floats, 1 - 90 / 100 is a little less than 0.1.
    few = of_table(**LIBRARY, metric="nullValues", unit="percent", mustBeLessOrEqualTo=90)
    assert few.arguments == {"mostly": 0.1}


def test_a_metric_needs_no_type_and_counts_rows() -> None:
    entry = LIBRARY | {"metric": "rowCount", "mustBeGreaterOrEqualTo": 100}
    assert of_table(**entry | {"type": None}) == of_table(**entry, unit="rows") == of_table(**entry)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"metric": "rowCount"}, "needs mustBeGreaterOrEqualTo as its only bound, and has none$"),
        ({"metric": "rowCount", "mustBe": 5}, "as its only bound, not mustBe$"),
        (
            {"metric": "rowCount", "unit": "percent", "mustBeGreaterOrEqualTo": 5},
            'the unit of rowCount must be rows, not "percent"$',
        ),
        (
            {"metric": "rowCount", "mustBeGreaterOrEqualTo": 5, "mustBeLessOrEqualTo": 9},
            "as its only bound, not mustBeGreaterOrEqualTo, mustBeLessOrEqualTo$",
        ),
        ({"metric": "nullValues", "mustBeLessOrEqualTo": 5}, "must be percent, not null$"),
        (
            {"metric": "nullValues", "unit": "rows", "mustBeLessOrEqualTo": 5},
            'the unit of nullValues must be percent, not "rows"$',
        ),
        (
            {"metric": "nullValues", "unit": "percent", "mustBeGreaterOrEqualTo": 5},
            "needs mustBeLessOrEqualTo as its only bound, not mustBeGreaterOrEqualTo$",
        ),
        (
            {"metric": "duplicateValues", "unit": "percent", "mustBeLessOrEqualTo": 5},
            'metric must be one of rowCount, nullValues, not "duplicateValues"$',
        ),
    ],
)
def test_another_use_of_a_metric_is_refused(said: dict[str, Any], says: str) -> None:
    refused(f"^x: .*{says}", **LIBRARY | said)


@pytest.mark.parametrize(("critical", "severity"), [(True, "critical"), (False, "warning")])
def test_constraints_of_a_column_come_before_its_rules(critical: bool, severity: str) -> None:
    own = CUSTOM | {"implementation": {"type": NOT_NULL, "kwargs": {"mostly": 0.5}}}
    pair = CUSTOM | {
        "name": "pair",
        "implementation": {"type": DETERMINES, "kwargs": {"column_A": "a", "column_B": "b"}},
    }
    other = CUSTOM | {
        "name": "other",
        "implementation": {"type": NOT_NULL, "kwargs": {"column": ":as_written:title"}},
    }
    column = SchemaProperty(
        name="title",
        logicalType="string",
        physicalType="string",
        required=True,
        criticalDataElement=critical,
        quality=[DataQuality(**own), DataQuality(**pair), DataQuality(**other)],
    )
    written, pair_of = {"column": ":as_written:title"}, {"column_A": "a", "column_B": "b"}
    of_encoding = {"title_mojibake": severity, "title_misread": "critical"}
    found = of_column(column)
    assert {rule.name: rule.severity for rule in found[: 1 if critical else 2]}.items() <= (
        of_encoding.items()
    )
    assert found[1 if critical else 2 :] == [
        Rule(
            "title_required",
            "title",
            severity,
            NOT_NULL,
            {"column": "title"},
            "title: never empty.",
        ),
        Rule("x", "title", "info", NOT_NULL, {"column": "title", "mostly": 0.5}, "X."),
        Rule("pair", "title", "info", DETERMINES, pair_of, "X."),
        Rule("other", "title", "info", NOT_NULL, written, "X."),
    ]


def test_a_column_of_numbers_is_checked_for_its_type() -> None:
    column = SchemaProperty(name="price", logicalType="number", physicalType="float64")
    (rule,) = of_column(column)
    unread = {"column": ":as_written:price"}
    null = "expect_column_values_to_be_null"
    meaning = "price: a number."
    assert rule == Rule("price_type", "price", "warning", null, unread, meaning)


def test_a_column_of_a_rule_without_a_name_is_named() -> None:
    nameless = DataQuality(**CUSTOM | {"name": None})
    column = SchemaProperty(
        name="title", logicalType="string", physicalType="string", quality=[nameless]
    )
    with pytest.raises(ValueError, match=r"^rule 1 of title: a rule needs a name$"):
        of_column(column)
