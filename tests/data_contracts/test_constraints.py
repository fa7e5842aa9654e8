"""The constraints of the standard's own, each as one expectation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from data_contracts.contract import Contract
from tests.data_contracts.contract_document import ON_THE_SCALE, RULES, column


@pytest.mark.parametrize(
    ("options", "arguments", "meaning"),
    [
        ({"minLength": 5}, {"min_value": 5}, "title: at least 5 characters."),
        ({"maxLength": 1500}, {"max_value": 1500}, "title: at most 1,500 characters."),
        ({"minLength": 0, "maxLength": 9}, {"min_value": 0, "max_value": 9}, "0 to 9 characters."),
    ],
)
def test_a_length_is_said_in_words(
    read: Callable[..., Contract],
    options: dict[str, int],
    arguments: dict[str, int],
    meaning: str,
) -> None:
    contract = read(lambda table: column(table, "title").update(logicalTypeOptions=options))
    (rule,) = (rule for rule in contract.rules if rule.name == "title_length")
    assert rule.arguments == {"column": "title"} | arguments
    assert rule.meaning.endswith(meaning)


def test_a_pattern_is_said_in_words(read: Callable[..., Contract]) -> None:
    assert RULES["taster_twitter_handle_pattern"].meaning.startswith("taster_twitter_handle: an @ ")
    with pytest.raises(ValueError, match="country: a pattern needs its patternMeaning"):
        read(lambda table: column(table, "country").pop("customProperties"))


def test_critical_columns_have_critical_constraints_and_others_warnings() -> None:
    assert RULES["points_range"].severity == "critical"
    assert RULES["price_range"].severity == "warning"


@pytest.mark.parametrize(
    ("name", "expectation", "arguments", "meaning"),
    [
        ("rows", "expect_table_row_count_to_be_between", {"min_value": 100}, "At least 100 "),
        (
            "columns",
            "expect_table_columns_to_match_ordered_list",
            {"column_list": "$columns"},
            "order",
        ),
        (
            "points_range",
            "expect_column_values_to_be_between",
            {"column": "points", "min_value": 80, "max_value": 100},
            "points: at least 80 and at most 100.",
        ),
        (
            "price_range",
            "expect_column_values_to_be_between",
            {"column": "price", "min_value": 0, "max_value": 10000, "strict_min": True},
            "price: more than 0 and at most 10,000.",
        ),
        (
            "review_index_range",
            "expect_column_values_to_be_between",
            {"column": "review_index", "min_value": 0},
            "review_index: at least 0.",
        ),
        (
            "points_type",
            "expect_column_values_to_be_null",
            {"column": "points_as_written"},
            "points: reads as an integer.",
        ),
        (
            "price_type",
            "expect_column_values_to_be_null",
            {"column": "price_as_written"},
            "price: reads as a number.",
        ),
        (
            "points_required",
            "expect_column_values_to_not_be_null",
            {
                "column": "points",
                "row_condition": {
                    "type": "nullity",
                    "column": {"name": "points_as_written"},
                    "is_null": True,
                },
            },
            "points: never empty.",
        ),
        (
            "description_required",
            "expect_column_values_to_not_be_null",
            {"column": "description"},
            "description: never empty.",
        ),
        (
            "review_index_unique",
            "expect_column_values_to_be_unique",
            {"column": "review_index"},
            "no value stands twice",
        ),
        (
            "title_length",
            "expect_column_value_lengths_to_be_between",
            {"column": "title", "min_value": 5, "max_value": 250},
            "title: 5 to 250 characters.",
        ),
        (
            "price_nulls",
            "expect_column_values_to_not_be_null",
            {"column": "price", "mostly": 0.85},
            "At most 15 %",
        ),
        (
            "description_one_points",
            "expect_column_to_determine",
            {"column_A": "description", "column_B": "points", "row_condition": ON_THE_SCALE},
            "different points",
        ),
        (
            "rows_against_last",
            "expect_table_row_count_ratio_to_be_between",
            {"reference_rows": "$last.rows", "min_value": 0.5},
            "At least 50 %",
        ),
    ],
)
def test_a_constraint_becomes_an_expectation(
    name: str, expectation: str, arguments: dict[str, Any], meaning: str
) -> None:
    rule = RULES[name]
    assert (rule.expectation, rule.arguments) == (expectation, arguments)
    assert meaning in rule.meaning


@pytest.mark.parametrize(
    ("name", "option"),
    [("points", "multipleOf"), ("title", "format"), ("price", "exclusiveMaximum")],
)
def test_a_constraint_that_cannot_be_checked_is_refused(
    read: Callable[..., Contract], name: str, option: str
) -> None:
    with pytest.raises(ValueError, match=f"{name}: {option} cannot be checked"):
        read(lambda table: column(table, name)["logicalTypeOptions"].update({option: 100}))


def test_two_lower_bounds_are_refused(read: Callable[..., Contract]) -> None:
    with pytest.raises(ValueError, match="points: minimum and exclusiveMinimum"):
        read(lambda t: column(t, "points")["logicalTypeOptions"].update(exclusiveMinimum=79))


@pytest.mark.parametrize(
    ("name", "types", "says"),
    [
        ("points", {"physicalType": "int32"}, "has to be int64 for the logicalType integer, not i"),
        ("points", {"physicalType": None}, "has to be int64 for the logicalType integer, not None"),
        ("title", {"physicalType": "varchar(9)"}, "has to be string for the logicalType string"),
        ("price", {"logicalType": "integer"}, "has to be int64 for the logicalType integer"),
        ("price", {"logicalType": "date"}, "logicalType has to be one of string, integer, number"),
        ("price", {"logicalType": None}, "logicalType has to be one of string, integer, number"),
    ],
)
def test_a_type_that_cannot_be_read_is_refused(
    read: Callable[..., Contract], name: str, types: dict[str, str | None], says: str
) -> None:
    with pytest.raises(ValueError, match=rf"{name}: (physicalType )?{says}"):
        read(lambda table: column(table, name).update(types))
