"""The constraints of the standard's own, each as one expectation."""

from __future__ import annotations

from typing import Any

import pytest
from open_data_contract_standard.model import CustomProperty, SchemaProperty

from data_contracts.constraints import Constraint, constraints_of
from data_contracts.encodings import MOJIBAKE
from tests.data_contracts.contract_document import ON_THE_SCALE, RULES

TYPES = {"string": "string", "integer": "int64", "number": "float64"}
BETWEEN, LENGTHS = (
    "expect_column_values_to_be_between",
    "expect_column_value_lengths_to_be_between",
)


def constraints(logical: str = "string", **said: Any) -> list[Constraint]:
    """List the constraints of a column, those of its type left out."""
    said = {"physicalType": TYPES.get(logical)} | said
    column = SchemaProperty(name="x", logicalType=logical, **said)
    of_types = ("type", "mojibake", "misread")
    return [found for found in constraints_of(column) if found[0] not in of_types]


@pytest.mark.parametrize(("logical", "kind"), [("integer", "an integer"), ("number", "a number")])
def test_numbers_read_as_their_type(logical: str, kind: str) -> None:
    column = SchemaProperty(name="x", logicalType=logical, physicalType=TYPES[logical])
    null = "expect_column_values_to_be_null"
    assert list(constraints_of(column)) == [("type", null, {"column": ":as_written:x"}, kind)]


def strings(critical: bool) -> list[Constraint]:
    column = SchemaProperty(
        name="x", logicalType="string", physicalType="string", criticalDataElement=critical
    )
    return list(constraints_of(column))


def test_strings_were_read_in_their_encoding() -> None:
    (mojibake,), (same, misread) = strings(critical=True), strings(critical=False)
    assert mojibake == same
    kind, expectation, arguments, meaning = mojibake
    assert (kind, expectation) == ("mojibake", "expect_column_values_to_not_match_regex")
    assert arguments == {"regex": MOJIBAKE}
    assert meaning == (
        "no text was read with the wrong encoding, as when é becomes Ã© (Windows-1252) or √© (Mac"
        " Roman)"
    )
    # Text alone, a column that training needs, rejects its rows; of others the file is judged.
    assert misread == (
        "misread",
        expectation,
        {"regex": MOJIBAKE, "mostly": 0.99},
        "at most 1 % of the texts look as if read with the wrong encoding, as when é becomes Ã©"
        " (Windows-1252) or √© (Mac Roman)",
    )


def test_a_value_that_does_not_read_is_not_missing() -> None:
    given = "expect_column_values_to_not_be_null"
    read = {"type": "nullity", "column": {"name": ":as_written:x"}, "is_null": True}
    assert constraints(required=True) == [("required", given, {}, "never empty")]
    of_numbers = constraints("integer", required=True)
    assert of_numbers == [("required", given, {"row_condition": read}, "never empty")]


def test_no_value_occurs_twice() -> None:
    unique = "expect_column_values_to_be_unique"
    assert constraints(unique=True) == [("unique", unique, {}, "no value occurs twice")]


@pytest.mark.parametrize(
    ("options", "arguments", "meaning"),
    [
        ({"minimum": 0}, {"min_value": 0}, "at least 0"),
        ({"maximum": 10_000}, {"max_value": 10_000}, "at most 10,000"),
        ({"exclusiveMinimum": 0}, {"min_value": 0, "strict_min": True}, "more than 0"),
        (
            {"minimum": 1, "maximum": 2},
            {"min_value": 1, "max_value": 2},
            "at least 1 and at most 2",
        ),
        (
            {"exclusiveMinimum": 0, "maximum": 2},
            {"min_value": 0, "strict_min": True, "max_value": 2},
            "more than 0 and at most 2",
        ),
    ],
)
def test_a_range_is_between(
    options: dict[str, Any], arguments: dict[str, Any], meaning: str
) -> None:
    found = constraints("number", logicalTypeOptions=options)
    assert found == [("range", BETWEEN, arguments, meaning)]


@pytest.mark.parametrize(
    ("step", "written"), [(0.5, "0.5"), (1, "1"), (2.0, "2"), (1e-4, "0.0001")]
)
@pytest.mark.parametrize("logical", ["integer", "number"])
def test_numbers_are_multiples_of_a_step(logical: str, step: float, written: str) -> None:
    multiples = "expect_column_values_to_be_multiples_of"
    if logical == "integer" and step < 1:
        whole = f"^x: multipleOf must be a whole number for the logicalType integer, not {step}; fo"
        with pytest.raises(ValueError, match=whole):
            constraints(logical, logicalTypeOptions={"multipleOf": step})
        return
    found = constraints(logical, logicalTypeOptions={"multipleOf": step})
    assert found == [("step", multiples, {"step": step}, f"a multiple of {written}")]


@pytest.mark.parametrize(
    ("logical", "step"), [("number", 0), ("number", -1), ("number", "1"), ("integer", True)]
)
def test_a_step_is_a_positive_number(logical: str, step: object) -> None:
    with pytest.raises(ValueError, match=r"^x: multipleOf must be a number above 0, not "):
        constraints(logical, logicalTypeOptions={"multipleOf": step})


@pytest.mark.parametrize(
    ("options", "arguments", "meaning"),
    [
        ({"minLength": 0}, {"min_value": 0}, "at least 0 characters"),
        ({"maxLength": 1_500}, {"max_value": 1_500}, "at most 1,500 characters"),
        (
            {"minLength": 1_000, "maxLength": 1_500},
            {"min_value": 1_000, "max_value": 1_500},
            "1,000 to 1,500 characters",
        ),
    ],
)
def test_a_length_is_between(
    options: dict[str, Any], arguments: dict[str, Any], meaning: str
) -> None:
    assert constraints(logicalTypeOptions=options) == [("length", LENGTHS, arguments, meaning)]


def in_words(**properties: str) -> list[CustomProperty]:
    return [CustomProperty(property=key, value=value) for key, value in properties.items()]


def test_a_pattern_has_a_meaning_in_words() -> None:
    words = in_words(other="x", patternMeaning="one letter")
    found = constraints(logicalTypeOptions={"pattern": "^[a-z]$"}, customProperties=words)
    regex = {"regex": "^[a-z]$"}
    assert found == [("pattern", "expect_column_values_to_match_regex", regex, "one letter")]


@pytest.mark.parametrize("words", [None, in_words(other="x"), in_words(patternMeaning="")])
def test_a_pattern_without_words_is_refused(words: list[CustomProperty] | None) -> None:
    with pytest.raises(ValueError, match=r"^x: a pattern needs a patternMeaning, in words"):
        constraints(logicalTypeOptions={"pattern": "a"}, customProperties=words)


def test_all_constraints_of_a_column_are_checked_in_order() -> None:
    options = {"minLength": 1, "pattern": "a"}
    found = constraints(
        required=True,
        unique=True,
        logicalTypeOptions=options,
        customProperties=in_words(patternMeaning="an a"),
    )
    assert [kind for kind, *_ in found] == ["required", "unique", "length", "pattern"]
    stepped = constraints("number", logicalTypeOptions={"maximum": 9, "multipleOf": 3})
    assert [kind for kind, *_ in stepped] == ["range", "step"]


# In the project's own document


def test_critical_columns_have_critical_constraints_and_others_warnings() -> None:
    assert RULES["points_range"].severity == "critical"
    assert RULES["price_range"].severity == "warning"


def test_columns_that_are_missing_or_unknown_are_a_warning() -> None:
    assert RULES["columns"].severity == "warning"


@pytest.mark.parametrize(
    ("name", "expectation", "arguments", "meaning"),
    [
        ("rows", "expect_table_row_count_to_be_between", {"min_value": 100}, "At least 100 "),
        (
            "columns",
            "expect_table_columns_to_match_set",
            {"column_set": "$columns"},
            "no others",
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
            {"column": ":as_written:points"},
            "points: an integer.",
        ),
        (
            "price_type",
            "expect_column_values_to_be_null",
            {"column": ":as_written:price"},
            "price: a number.",
        ),
        (
            "points_required",
            "expect_column_values_to_not_be_null",
            {
                "column": "points",
                "row_condition": {
                    "type": "nullity",
                    "column": {"name": ":as_written:points"},
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
            "no value occurs twice",
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
            "the same points",
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
