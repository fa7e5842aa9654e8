"""The constraints that the standard itself has for a column, each as one expectation or two.

These are `required`, `unique`, `logicalType` and `logicalTypeOptions`; see the Open Data Contract
Standard v3.1, section Schema. That a column is a string says that its texts were read rightly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from data_contracts.encodings import MOJIBAKE

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaProperty

AS_WRITTEN = "_as_written"
"""Ends the name of the column that holds the texts which do not read as their column's type."""

NUMBERS = ("integer", "number")
PHYSICAL_TYPES = {"string": "string", "integer": "int64", "number": "float64"}
"""By logical type that can be checked, the Arrow type that its columns are read as."""

OPTIONS = {"minimum", "exclusiveMinimum", "maximum", "minLength", "maxLength", "pattern"}
"""Those of `logicalTypeOptions` that can be checked."""

PATTERN_MEANING = "patternMeaning"
"""The custom property of a column that says its pattern in words."""

MISREAD = "misread"
"""The kind of the constraint that is critical in every column: it tells of the whole file."""
MISREAD_FRACTION_MAX = 0.01
WRONG_ENCODING = "in a wrong encoding, as where Ã© or √© (Windows-1252, Mac Roman) stands for é"

Constraint = tuple[str, str, dict[str, Any], str]
"""Kind, expectation, arguments, and meaning without its column."""


def constraints_of(column: SchemaProperty) -> Iterator[Constraint]:
    """List what the document says of a column in the standard's own words.

    Raises:
        ValueError: it says something that cannot be checked.
    """
    options = column.logicalTypeOptions or {}
    physical = PHYSICAL_TYPES.get(column.logicalType or "")
    if not physical:
        can = ", ".join(PHYSICAL_TYPES)
        raise ValueError(f"{column.name}: logicalType has to be one of {can}")
    if column.physicalType != physical:
        raise ValueError(
            f"{column.name}: physicalType has to be {physical} for the logicalType"
            f" {column.logicalType}, not {column.physicalType}"
        )
    if unknown := sorted(options.keys() - OPTIONS):
        raise ValueError(f"{column.name}: {', '.join(unknown)} cannot be checked")
    if column.logicalType in NUMBERS:
        yield _reads_as_its_type(column)
    else:
        yield from _read_rightly(column)
    if column.required:
        yield _never_empty(column)
    if column.unique:
        yield "unique", "expect_column_values_to_be_unique", {}, "no value stands twice"
    if options.keys() & {"minimum", "exclusiveMinimum", "maximum"}:
        yield _between(column, options)
    if options.keys() & {"minLength", "maxLength"}:
        yield _as_long_as(options)
    if "pattern" in options:
        yield _written_as(column, options["pattern"])


def _reads_as_its_type(column: SchemaProperty) -> Constraint:
    kind = "an integer" if column.logicalType == "integer" else "a number"
    unread = {"column": f"{column.name}{AS_WRITTEN}"}
    return "type", "expect_column_values_to_be_null", unread, f"reads as {kind}"


def _read_rightly(column: SchemaProperty) -> Iterator[Constraint]:
    expectation, found = "expect_column_values_to_not_match_regex", {"regex": MOJIBAKE}
    yield "mojibake", expectation, found, f"no text that was read {WRONG_ENCODING}"
    if not column.criticalDataElement:
        at_most = f"at most {MISREAD_FRACTION_MAX:.0%}".replace("%", " %")
        meaning = f"{at_most} of the texts look as if they were read {WRONG_ENCODING}"
        yield MISREAD, expectation, found | {"mostly": 1 - MISREAD_FRACTION_MAX}, meaning


def _never_empty(column: SchemaProperty) -> Constraint:
    # What does not read as its type is null too, and is no missing value.
    read = {"type": "nullity", "column": {"name": f"{column.name}{AS_WRITTEN}"}, "is_null": True}
    arguments = {"row_condition": read} if column.logicalType in NUMBERS else {}
    return "required", "expect_column_values_to_not_be_null", arguments, "never empty"


def _between(column: SchemaProperty, options: dict[str, Any]) -> Constraint:
    low, above = options.get("minimum"), options.get("exclusiveMinimum")
    high = options.get("maximum")
    if low is not None and above is not None:
        raise ValueError(f"{column.name}: minimum and exclusiveMinimum cannot both be checked")
    bounds = {"min_value": low if above is None else above, "max_value": high}
    arguments = {key: value for key, value in bounds.items() if value is not None}
    if above is not None:
        arguments["strict_min"] = True
    meaning = _say({"at least": low, "more than": above, "at most": high})
    return "range", "expect_column_values_to_be_between", arguments, meaning


def _as_long_as(options: dict[str, Any]) -> Constraint:
    shortest, longest = options.get("minLength"), options.get("maxLength")
    bounds = {"min_value": shortest, "max_value": longest}
    arguments = {key: value for key, value in bounds.items() if value is not None}
    if shortest is not None and longest is not None:
        meaning = f"{shortest:,} to {longest:,} characters"
    else:
        meaning = f"{_say({'at least': shortest, 'at most': longest})} characters"
    return "length", "expect_column_value_lengths_to_be_between", arguments, meaning


def _written_as(column: SchemaProperty, pattern: str) -> Constraint:
    extras = {extra.property: extra.value for extra in column.customProperties or []}
    if not extras.get(PATTERN_MEANING):
        raise ValueError(f"{column.name}: a pattern needs its {PATTERN_MEANING}, in words")
    meaning = str(extras[PATTERN_MEANING])
    return "pattern", "expect_column_values_to_match_regex", {"regex": pattern}, meaning


def _say(bounds: dict[str, float | None]) -> str:
    return " and ".join(f"{word} {n:,}" for word, n in bounds.items() if n is not None)
