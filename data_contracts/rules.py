"""From the constraints of a contract document to rules, each one expectation.

The document writes a rule in one of three ways: as a constraint of the standard (`required`,
`unique`, `logicalType`, `logicalTypeOptions`), as one of the standard's own metrics (`type:
library`), or as an expectation by name (`type: custom, engine: greatExpectations`).
See the Open Data Contract Standard v3.1, sections Schema and Data Quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality, SchemaProperty

Severity = Literal["critical", "warning", "info"]

AS_WRITTEN = "_as_written"
"""Ends the name of the column that holds the texts which do not read as their column's type."""

NUMBERS = ("integer", "number")

COMPARED = ("rows", "null_fractions", "points", "vocabulary", "accepted_before")
VALUES = {"$columns", *(f"${name}.{value}" for name in ("last", "champion") for value in COMPARED)}
"""What an argument may stand for until a delivery is checked."""


class Rule(NamedTuple):
    """One rule of the contract, as an expectation of Great Expectations.

    Attributes:
        name: unique within the contract.
        column: the contract's column that it speaks of; None for the whole file.
        severity: `critical` rejects rows or the file, the others are only shown.
        expectation: the expectation's type in snake case.
        arguments: its arguments; a text that begins with `$` stands for a value that is known when
            a delivery is checked, such as `$last.rows`.
        meaning: a sentence for the person who must mend the data.
    """

    name: str
    column: str | None
    severity: Severity
    expectation: str
    arguments: dict[str, Any]
    meaning: str

    @property
    def needs(self) -> set[str]:
        """What a delivery must be compared with to ask this rule: `last`, `champion`, or none."""
        named = (v for v in self.arguments.values() if isinstance(v, str) and v.startswith("$"))
        return {value[1:].split(".")[0] for value in named if "." in value}

    @property
    def columns(self) -> set[str]:
        """The columns that it looks at."""
        named = {self.arguments.get(key) for key in ("column", "column_A", "column_B")}
        return {str(name).removesuffix(AS_WRITTEN) for name in named if name}


def rules_of_table(qualities: list[DataQuality]) -> Iterator[Rule]:
    """Translate what the document says of the whole file."""
    for quality in qualities:
        yield _translate(quality, None)


def rules_of_column(column: SchemaProperty) -> Iterator[Rule]:
    """Translate what the document says of one column.

    Raises:
        ValueError: it says something that this module cannot translate.
    """
    name = str(column.name)
    if column.logicalType not in ("string", *NUMBERS):
        raise ValueError(f"{name}: the type {column.logicalType} cannot be checked")
    severity: Severity = "critical" if column.criticalDataElement else "warning"
    for kind, expectation, arguments, meaning in _constraints(column):
        arguments = {"column": name} | arguments
        yield Rule(f"{name}_{kind}", name, severity, expectation, arguments, f"{name}: {meaning}.")
    for quality in column.quality or []:
        yield _translate(quality, name)


def _constraints(column: SchemaProperty) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """List the constraints of the standard itself: kind, expectation, arguments, meaning."""
    options = dict(column.logicalTypeOptions or {})
    unread = f"{column.name}{AS_WRITTEN}"
    typed = column.logicalType in NUMBERS
    if typed:
        yield (
            "type",
            "expect_column_values_to_be_null",
            {"column": unread},
            f"reads as {'an integer' if column.logicalType == 'integer' else 'a number'}",
        )
    if column.required:
        # What does not read as its type is null too, and is no missing value.
        read = {"type": "nullity", "column": {"name": unread}, "is_null": True}
        arguments = {"row_condition": read} if typed else {}
        yield "required", "expect_column_values_to_not_be_null", arguments, "never empty"
    if column.unique:
        yield "unique", "expect_column_values_to_be_unique", {}, "no value stands twice"
    low = options.pop("minimum", None)
    above = options.pop("exclusiveMinimum", None) if low is None else None
    high = options.pop("maximum", None)
    if bounds := _bounds(low if above is None else above, high):
        strictly = {} if above is None else {"strict_min": True}
        meaning = f"at most {high}"
        if above is not None or low is not None:
            meaning = f"at least {low}" if above is None else f"more than {above}"
            meaning += "" if high is None else f" and at most {high}"
        yield "range", "expect_column_values_to_be_between", bounds | strictly, meaning
    shortest, longest = options.pop("minLength", None), options.pop("maxLength", None)
    if bounds := _bounds(shortest, longest):
        meaning = f"{shortest} to {longest} characters"
        yield "length", "expect_column_value_lengths_to_be_between", bounds, meaning
    if pattern := options.pop("pattern", None):
        meaning = f"written as the pattern {pattern} says"
        yield "pattern", "expect_column_values_to_match_regex", {"regex": pattern}, meaning
    if options:
        raise ValueError(f"{column.name}: {', '.join(options)} cannot be checked")


def _bounds(low: float | None, high: float | None) -> dict[str, float]:
    bounds = {"min_value": low, "max_value": high}
    return {key: value for key, value in bounds.items() if value is not None}


def _translate(quality: DataQuality, column: str | None) -> Rule:
    """Translate a rule of the document's `quality`.

    Raises:
        ValueError: it lacks something, or says something that cannot be checked.
    """
    severity: Any = quality.severity
    if not quality.name or not quality.description or severity not in get_args(Severity):
        raise ValueError(
            f"{quality.name or column}: a rule needs a name, a description and a severity out of"
            f" {', '.join(get_args(Severity))}"
        )
    expectation, arguments = _library(quality) if quality.type == "library" else _custom(quality)
    if column and "column_A" not in arguments:
        arguments = {"column": column} | arguments
    return Rule(quality.name, column, severity, expectation, arguments, quality.description)


def _custom(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    """Take an expectation that is named."""
    named: Any = quality.implementation
    known = (quality.type, quality.engine) == ("custom", "greatExpectations")
    if not known or not isinstance(named, dict) or "type" not in named:
        raise ValueError(
            f"{quality.name}: only rules of type library, and of type custom with the engine"
            " greatExpectations and an implementation with a type, can be checked"
        )
    arguments: dict[str, Any] = named.get("kwargs", {})
    unknown = {str(v) for v in arguments.values() if str(v).startswith("$")} - VALUES
    if unknown:
        raise ValueError(f"{quality.name}: nothing is known by the name {', '.join(unknown)}")
    return str(named["type"]), arguments


def _library(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    """Translate one of the standard's metrics."""
    said = quality.model_dump(exclude_none=True)
    bounds = [(key, value) for key, value in said.items() if key.startswith("must")]
    match (quality.metric, quality.unit, *bounds):
        case ("rowCount", None, ("mustBeGreaterOrEqualTo", rows)):
            return "expect_table_row_count_to_be_between", {"min_value": int(rows)}
        case ("nullValues", "percent", ("mustBeLessOrEqualTo", percent)):
            mostly = round(1 - percent / 100, 9)
            return "expect_column_values_to_not_be_null", {"mostly": mostly}
    raise ValueError(f"{quality.name}: this use of the metric {quality.metric} cannot be checked")
