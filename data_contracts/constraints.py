"""Translates the standard's constraints of a column into expectations.

These are `required`, `unique`, `logicalType` and `logicalTypeOptions`; see the Open Data Contract
Standard v3.1, section Schema. Columns of strings also get a check of their encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from data_contracts.encodings import MOJIBAKE
from data_contracts.kinds import COUNT, NUMBER, PATTERN, POSITIVE, is_whole, show
from data_contracts.known_expectations import NUMBERS, STRINGS
from data_contracts.misspellings import advise
from data_contracts.patterns import check_pattern
from data_contracts.places import COLUMNS
from data_contracts.problems import Problems, refuse
from data_contracts.properties import properties_of
from data_contracts.types_of_columns import unsuitable
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
        InvalidContractError: some of them cannot be checked.
    """
    options = column.logicalTypeOptions or {}
    _check(column, options)
    if column.logicalType in NUMBERS:
        yield _type(column)
    else:
        yield from _encoding(column)
    if column.required:
        yield _required(column)
    if column.unique:
        yield "unique", "expect_column_values_to_be_unique", {}, "no value occurs twice"
    if options.keys() & {"minimum", "exclusiveMinimum", "maximum"}:
        yield _range(options)
    if "multipleOf" in options:
        yield _step(options["multipleOf"])
    if options.keys() & {"minLength", "maxLength"}:
        yield _length(options)
    if "pattern" in options:
        expectation, extras = "expect_column_values_to_match_regex", properties_of(column)
        yield "pattern", expectation, {"regex": options["pattern"]}, str(extras[PATTERN_MEANING])


def _check(column: SchemaProperty, options: dict[str, Any]) -> None:
    """Make sure that a column has a type and options that can be checked.

    Raises:
        InvalidContractError: it does not.
    """
    problems, place = Problems(), (*COLUMNS, str(column.name))
    with problems.collect():
        _check_type(column)
    for name, value in options.items():
        with problems.collect(*place, "logicalTypeOptions", name):
            _check_option(column, name, value)
    if not problems.found:
        with problems.collect(*place, "logicalTypeOptions"):
            _check_bounds(column, options)
    if "pattern" in options and not properties_of(column).get(PATTERN_MEANING):
        with problems.collect(*place, "customProperties"):
            raise refuse(
                f"{column.name}: a pattern needs a {PATTERN_MEANING}, in words",
                (*place, "customProperties", PATTERN_MEANING),
            )
    problems.raise_any()


def _check_option(column: SchemaProperty, name: str, value: Any) -> None:
    """Make sure that an option can be checked, suits the column's type, and has such a value."""
    if name not in OPTIONS:
        raise ValueError(
            f"{column.name}: the logicalTypeOptions {name} cannot be checked"
            f"{advise(str(name), OPTIONS)}"
        )
    types, kind = OPTIONS[name]
    if column.logicalType not in types:
        what = (
            f"{column.name}: {name} is for columns of the logicalType {' or '.join(types)}, not"
            f" {column.logicalType}"
        )
        raise unsuitable(str(column.name), column.logicalType, what, name)
    kind.check(f"{column.name}: {name}", value)
    if name == "pattern":
        check_pattern(f"{column.name}: pattern", value)
    if name == "multipleOf" and column.logicalType == "integer" and not is_whole(value):
        raise ValueError(
            f"{column.name}: multipleOf must be a whole number for the logicalType integer, not"
            f" {value:g}; for values between whole numbers, write number and float64"
        )


def _check_bounds(column: SchemaProperty, options: dict[str, Any]) -> None:
    """Make sure that a lower bound is the lower one."""
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
    if {"minimum", "exclusiveMinimum"} <= options.keys():
        raise ValueError(f"{column.name}: minimum and exclusiveMinimum cannot both be checked")


def _check_type(column: SchemaProperty) -> None:
    place = (*COLUMNS, str(column.name))
    physical = PHYSICAL_TYPES.get(column.logicalType or "")
    logical_place, physical_place = (*place, "logicalType"), (*place, "physicalType")
    if not physical:
        known = ", ".join(PHYSICAL_TYPES)
        raise refuse(
            f"{column.name}: logicalType must be one of {known}, not {show(column.logicalType)}",
            logical_place,
            place=logical_place,
        )
    if column.physicalType == physical:
        return
    given = column.logicalType
    if others := [kind for kind, suits in PHYSICAL_TYPES.items() if suits == column.physicalType]:
        # Either may be the right one.
        pairs = ", or ".join(f"{kind} and {PHYSICAL_TYPES[kind]}" for kind in (*others, str(given)))
        what = f"the logicalType {given} does not suit the physicalType {column.physicalType}"
        what = f"{column.name}: {what}; write {pairs}"
    else:
        what = f"physicalType must be {physical} for the logicalType {given}"
        what = f"{column.name}: {what}, not {show(column.physicalType)}"
    place = logical_place if others else physical_place
    raise refuse(what, logical_place, physical_place, place=place)


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


def _range(options: dict[str, Any]) -> Constraint:
    low, above = options.get("minimum"), options.get("exclusiveMinimum")
    high = options.get("maximum")
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
