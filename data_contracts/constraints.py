"""Translates the standard's constraints of a column into expectations.

These are `required`, `unique`, `logicalType` and `logicalTypeOptions`; see the Open Data Contract
Standard v3.1, section Schema. Columns of strings also get a check of their encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from data_contracts.dataset import NUMBERS, is_number, properties_of
from data_contracts.encodings import MOJIBAKE

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

AS_WRITTEN = ":as_written:"
"""Prefix of the column that keeps the texts of a column of numbers that are not numbers."""

PHYSICAL_TYPES = {"string": "string", "integer": "int64", "number": "float64"}
"""The Arrow type for each logical type that can be checked."""

PATTERNS = {
    "int64": r"^\s*[+-]?\d{1,18}(\.0+)?\s*$",
    "double": r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*$",
}
"""Texts that are parsed as numbers. `87.0` is an integer: pandas writes 87 so beside nulls."""

OPTIONS = {
    *("minimum", "exclusiveMinimum", "maximum", "multipleOf"),
    *("minLength", "maxLength", "pattern"),
}
"""The `logicalTypeOptions` that can be checked."""

PATTERN_MEANING = "patternMeaning"
"""Custom property of a column that describes its pattern in words."""

MISREAD = "misread"
"""The constraint that is critical in every column, because it is about the whole file."""
MISREAD_FRACTION_MAX = 0.01
WRONG_ENCODING = "the wrong encoding, as when é becomes Ã© (Windows-1252) or √© (Mac Roman)"

Constraint = tuple[str, str, dict[str, Any], str]
"""Name, expectation, arguments, and meaning without the column."""


def constraints_of(column: SchemaProperty) -> Iterator[Constraint]:
    """List the constraints of a column.

    Raises:
        ValueError: one of them cannot be checked.
    """
    options = column.logicalTypeOptions or {}
    _check_type(column, options)
    if column.logicalType in NUMBERS:
        yield _type(column)
    else:
        yield from _encoding(column)
    if column.required:
        yield _required(column)
    if column.unique:
        yield "unique", "expect_column_values_to_be_unique", {}, "no value occurs twice"
    yield from _constraints_of_options(column, options)


def _constraints_of_options(
    column: SchemaProperty, options: dict[str, Any]
) -> Iterator[Constraint]:
    _check_values(column, options)
    if options.keys() & {"minimum", "exclusiveMinimum", "maximum"}:
        yield _range(column, options)
    if "multipleOf" in options:
        yield _step(column, options["multipleOf"])
    if options.keys() & {"minLength", "maxLength"}:
        yield _length(options)
    if "pattern" in options:
        yield _pattern(column, options["pattern"])


def _check_values(column: SchemaProperty, options: dict[str, Any]) -> None:
    """Make sure that bounds are numbers, and a pattern is a regular expression."""
    for name, value in options.items():
        if name.startswith(("min", "max", "exclusive")) and not is_number(value):
            raise ValueError(f"{column.name}: {name} must be a number, not {value}")
    try:
        re.compile(options.get("pattern", ""))
    except (re.error, TypeError):
        raise ValueError(
            f"{column.name}: the pattern {options['pattern']} is no regular expression"
        ) from None


def _check_type(column: SchemaProperty, options: dict[str, Any]) -> None:
    """Make sure that the column has a type and options that can be checked."""
    physical = PHYSICAL_TYPES.get(column.logicalType or "")
    if not physical:
        known = ", ".join(PHYSICAL_TYPES)
        raise ValueError(
            f"{column.name}: logicalType must be one of {known}, not {column.logicalType}"
        )
    if column.physicalType != physical:
        raise ValueError(
            f"{column.name}: physicalType must be {physical} for the logicalType"
            f" {column.logicalType}, not {column.physicalType}"
        )
    if unknown := sorted(options.keys() - OPTIONS):
        raise ValueError(f"{column.name}: {', '.join(unknown)} cannot be checked")


def _type(column: SchemaProperty) -> Constraint:
    kind = "an integer" if column.logicalType == "integer" else "a number"
    arguments = {"column": f"{AS_WRITTEN}{column.name}"}
    return "type", "expect_column_values_to_be_null", arguments, kind


def _encoding(column: SchemaProperty) -> Iterator[Constraint]:
    expectation, arguments = "expect_column_values_to_not_match_regex", {"regex": MOJIBAKE}
    yield "mojibake", expectation, arguments, f"no text was read with {WRONG_ENCODING}"
    if not column.criticalDataElement:
        percent = f"{MISREAD_FRACTION_MAX:.0%}".replace("%", " %")
        meaning = f"at most {percent} of the texts look as if read with {WRONG_ENCODING}"
        yield MISREAD, expectation, arguments | {"mostly": 1 - MISREAD_FRACTION_MAX}, meaning


def _required(column: SchemaProperty) -> Constraint:
    arguments = {}
    if column.logicalType in NUMBERS:
        # A text that is no number is null in the column, too, but it is not missing.
        as_written = {"name": f"{AS_WRITTEN}{column.name}"}
        arguments["row_condition"] = {"type": "nullity", "column": as_written, "is_null": True}
    return "required", "expect_column_values_to_not_be_null", arguments, "never empty"


def _range(column: SchemaProperty, options: dict[str, Any]) -> Constraint:
    low, above = options.get("minimum"), options.get("exclusiveMinimum")
    high = options.get("maximum")
    if low is not None and above is not None:
        raise ValueError(f"{column.name}: minimum and exclusiveMinimum cannot both be checked")
    arguments = _arguments(low if above is None else above, high)
    if above is not None:
        arguments["strict_min"] = True
    meaning = _join({"at least": low, "more than": above, "at most": high})
    return "range", "expect_column_values_to_be_between", arguments, meaning


def _step(column: SchemaProperty, step: Any) -> Constraint:
    if column.logicalType not in NUMBERS or not is_number(step) or step <= 0:
        raise ValueError(f"{column.name}: multipleOf must be a positive number, of a number")
    arguments = {"step": step}
    return "step", "expect_column_values_to_be_multiples_of", arguments, f"a multiple of {step:g}"


def _length(options: dict[str, Any]) -> Constraint:
    shortest, longest = options.get("minLength"), options.get("maxLength")
    if shortest is not None and longest is not None:
        meaning = f"{shortest:,} to {longest:,} characters"
    else:
        meaning = f"{_join({'at least': shortest, 'at most': longest})} characters"
    arguments = _arguments(shortest, longest)
    return "length", "expect_column_value_lengths_to_be_between", arguments, meaning


def _arguments(low: float | None, high: float | None) -> dict[str, Any]:
    bounds = {"min_value": low, "max_value": high}
    return {key: value for key, value in bounds.items() if value is not None}


def _join(bounds: dict[str, float | None]) -> str:
    return " and ".join(f"{word} {n:,}" for word, n in bounds.items() if n is not None)


def _pattern(column: SchemaProperty, pattern: str) -> Constraint:
    meaning = properties_of(column).get(PATTERN_MEANING)
    if not meaning:
        raise ValueError(f"{column.name}: a pattern needs a {PATTERN_MEANING}, in words")
    return "pattern", "expect_column_values_to_match_regex", {"regex": pattern}, str(meaning)
