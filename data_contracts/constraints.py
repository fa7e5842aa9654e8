"""Translates the standard's constraints of a column into expectations.

These are `required`, `unique`, `logicalType` and `logicalTypeOptions`; see the Open Data Contract
Standard v3.1, section Schema. Columns of strings also get a check of their encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from data_contracts.encodings import MOJIBAKE
from data_contracts.kinds import COUNT, NUMBER, PATTERN, POSITIVE, show
from data_contracts.known_expectations import NUMBERS, STRINGS
from data_contracts.patterns import check_pattern
from data_contracts.properties import properties_of
from data_contracts.wording import write_count

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
    "minimum": (NUMBERS, NUMBER),
    "exclusiveMinimum": (NUMBERS, NUMBER),
    "maximum": (NUMBERS, NUMBER),
    "multipleOf": (NUMBERS, POSITIVE),
    "minLength": (STRINGS, COUNT),
    "maxLength": (STRINGS, COUNT),
    "pattern": (STRINGS, PATTERN),
}
"""The `logicalTypeOptions` that can be checked: the logical types that suit, and the values."""

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
        yield _step(options["multipleOf"])
    if options.keys() & {"minLength", "maxLength"}:
        yield _length(options)
    if "pattern" in options:
        yield _pattern(column, options["pattern"])


def _check_values(column: SchemaProperty, options: dict[str, Any]) -> None:
    """Make sure that options suit the column's type, and that a lower bound is the lower one."""
    for name, value in options.items():
        types, kind = OPTIONS[name]
        if column.logicalType not in types:
            raise ValueError(
                f"{column.name}: {name} is for columns of the logicalType {' or '.join(types)}, not"
                f" {column.logicalType}"
            )
        kind.check(f"{column.name}: {name}", value)
    step = options.get("multipleOf")
    if column.logicalType == "integer" and step is not None and step != int(step):
        raise ValueError(
            f"{column.name}: multipleOf must be a whole number for the logicalType integer, not"
            f" {step:g}; for values between whole numbers, write number and float64"
        )
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength")):
        if low in options and high in options and options[low] > options[high]:
            raise ValueError(
                f"{column.name}: {low} must be at most {high}, not {options[low]} and"
                f" {options[high]}"
            )
    if "exclusiveMinimum" in options and "maximum" in options:
        low, high = options["exclusiveMinimum"], options["maximum"]
        if low >= high:
            raise ValueError(
                f"{column.name}: exclusiveMinimum must be less than maximum, not {low} and {high}"
            )


def _check_type(column: SchemaProperty, options: dict[str, Any]) -> None:
    """Make sure that the column has a type and options that can be checked."""
    physical = PHYSICAL_TYPES.get(column.logicalType or "")
    if not physical:
        known = ", ".join(PHYSICAL_TYPES)
        raise ValueError(
            f"{column.name}: logicalType must be one of {known}, not {show(column.logicalType)}"
        )
    if column.physicalType != physical:
        raise ValueError(
            f"{column.name}: physicalType must be {physical} for the logicalType"
            f" {column.logicalType}, not {show(column.physicalType)}"
        )
    if unknown := sorted(options.keys() - OPTIONS):
        raise ValueError(
            f"{column.name}: the logicalTypeOptions {', '.join(map(str, unknown))} cannot be"
            f" checked, only {', '.join(OPTIONS)}"
        )


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


def _step(step: float) -> Constraint:
    arguments = {"step": step}
    return "step", "expect_column_values_to_be_multiples_of", arguments, f"a multiple of {step:g}"


def _length(options: dict[str, Any]) -> Constraint:
    shortest, longest = options.get("minLength"), options.get("maxLength")
    if shortest is not None and longest is not None:
        meaning = f"{shortest:,} to {longest:,} characters"
    else:
        at, name = ("at least", "minLength") if longest is None else ("at most", "maxLength")
        meaning = f"{at} {write_count(options[name], 'character')}"
    arguments = _arguments(shortest, longest)
    return "length", "expect_column_value_lengths_to_be_between", arguments, meaning


def _arguments(low: float | None, high: float | None) -> dict[str, Any]:
    bounds = {"min_value": low, "max_value": high}
    return {key: value for key, value in bounds.items() if value is not None}


def _join(bounds: dict[str, float | None]) -> str:
    return " and ".join(f"{word} {n:,}" for word, n in bounds.items() if n is not None)


def _pattern(column: SchemaProperty, pattern: str) -> Constraint:
    meaning = properties_of(column).get(PATTERN_MEANING)
    check_pattern(f"{column.name}: pattern", pattern)
    if not meaning:
        raise ValueError(f"{column.name}: a pattern needs a {PATTERN_MEANING}, in words")
    return "pattern", "expect_column_values_to_match_regex", {"regex": pattern}, str(meaning)
