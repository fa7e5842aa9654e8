"""Rules of a contract, each translated into one expectation of Great Expectations.

A contract document has three ways to write a rule: a constraint of the standard (`required`,
`unique`, `logicalType`, `logicalTypeOptions`), a metric of the standard (`type: library`), or the
name of an expectation (`type: custom, engine: greatExpectations`).
See the Open Data Contract Standard v3.1, sections Schema and Data Quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from data_contracts.constraints import AS_WRITTEN, MISREAD, constraints_of
from data_contracts.kinds import COUNT, Kind, is_number, show
from data_contracts.known_expectations import EXPECTATIONS
from data_contracts.problems import Problems

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality, SchemaProperty

Severity = Literal["critical", "warning", "info"]
PERCENT = Kind("a number from 0 to 100", lambda value: is_number(value) and 0 <= value <= 100)

COLUMN_KEYS = ("column", "column_A", "column_B")

HISTOGRAMS = ("$last.histogram", "$champion.histogram")
"""References that depend on the rule's column, as `$edges` does."""

COMPARISONS = frozenset({"==", "<", "<=", ">", ">="})
"""Operators of row conditions. `!=` is not allowed: whether a null meets it depends on the type."""


def columns_of(condition: dict[str, Any]) -> set[str]:
    """List the columns that a row condition uses.

    Raises:
        ValueError: the condition cannot be checked.
    """
    match condition:
        case {"type": "and", "conditions": [_, *_] as parts, **rest}:
            allowed, columns = not rest, set().union(*map(columns_of, parts))
        case {"type": "nullity", "column": {"name": str(name)}, "is_null": bool(), **rest}:
            allowed, columns = not rest, {name}
        case {"type": "comparison", "column": {"name": str(name)}, "operator": str(sign), **rest}:
            allowed, columns = sign in COMPARISONS and rest.keys() == {"parameter"}, {name}
        case _:
            allowed, columns = False, set()
    if not allowed:
        raise ValueError(f"the row_condition {show(condition)} cannot be checked")
    return columns


class Rule(NamedTuple):
    """One rule of the contract, as an expectation of Great Expectations.

    Attributes:
        name: unique within the contract.
        column: the column that the rule is about; None for the whole file.
        severity: `critical` rejects rows or the file, the others only appear in reports.
        expectation: the expectation's name in snake case.
        arguments: the expectation's arguments. A text that begins with `$`, such as `$last.rows`,
            is replaced by a value when a delivery is checked.
        meaning: a sentence for the person who corrects the data.
    """

    name: str
    column: str | None
    severity: Severity
    expectation: str
    arguments: dict[str, Any]
    meaning: str

    @property
    def values(self) -> set[str]:
        """The references that get their value when a delivery is checked, such as `$last.rows`."""
        return {*self.references.values()}

    @property
    def references(self) -> dict[str, str]:
        """The arguments that are references, by name; a column's name may begin with `$`, too."""
        given = {key: v for key, v in self.arguments.items() if key not in COLUMN_KEYS}
        return {key: v for key, v in given.items() if isinstance(v, str) and v.startswith("$")}

    @property
    def needs(self) -> set[str]:
        """The references that this rule compares a delivery with: `last`, `champion`, or none."""
        return {value[1:].split(".")[0] for value in self.values if "." in value}

    @property
    def used_columns(self) -> set[str]:
        """The columns that this rule uses, including those `as_written`.

        Raises:
            ValueError: the row condition cannot be checked.
        """
        named = {str(self.arguments[key]) for key in COLUMN_KEYS if key in self.arguments}
        condition = self.arguments.get("row_condition")
        try:
            return named | (set() if condition is None else columns_of(condition))
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None

    @property
    def columns(self) -> set[str]:
        """The contract's columns that this rule uses."""
        return {name.removeprefix(AS_WRITTEN) for name in self.used_columns}


def rules_of_table(qualities: list[DataQuality], problems: Problems) -> Iterator[Rule]:
    """Translate the rules about the whole file; collect what is wrong with others."""
    for quality in qualities:
        with problems.collect():
            yield _translate(quality, None)


def rules_of_column(column: SchemaProperty, problems: Problems) -> Iterator[Rule]:
    """Translate the constraints and the rules of one column; collect what is wrong with others."""
    name = str(column.name)
    with problems.collect():
        for kind, expectation, arguments, meaning in constraints_of(column):
            critical = column.criticalDataElement or kind == MISREAD
            severity: Severity = "critical" if critical else "warning"
            given = {"column": name} | arguments
            yield Rule(f"{name}_{kind}", name, severity, expectation, given, f"{name}: {meaning}.")
    for quality in column.quality or []:
        with problems.collect():
            yield _translate(quality, name)


def _translate(quality: DataQuality, column: str | None) -> Rule:
    """Translate one entry of a `quality` list.

    Raises:
        ValueError: the entry is incomplete, or cannot be checked.
    """
    severity: Any = quality.severity
    if not quality.name or not quality.description or severity not in get_args(Severity):
        place = quality.name or column or "the table"
        raise ValueError(
            f"{place}: a rule needs a name, a description and one of the severities"
            f" {', '.join(get_args(Severity))}"
        )
    # In the standard, a rule with a metric may do without a type.
    kind = quality.type or ("library" if quality.metric else None)
    translate = _translate_metric if kind == "library" else _translate_custom
    expectation, arguments = translate(quality)
    known = EXPECTATIONS.get(expectation)
    if column and known and "column" in known.columns:
        arguments = {"column": column} | arguments
    return Rule(quality.name, column, severity, expectation, arguments, quality.description)


def _translate_custom(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    implementation: Any = quality.implementation
    supported = (quality.type, quality.engine) == ("custom", "greatExpectations")
    if not supported or not isinstance(implementation, dict) or "type" not in implementation:
        raise ValueError(
            f"{quality.name}: a rule has the type library, or the type custom with the engine"
            " greatExpectations and an implementation with a type"
        )
    arguments = implementation.get("kwargs", {})
    if not isinstance(arguments, dict):
        raise ValueError(f"{quality.name}: kwargs must be names with values, not {show(arguments)}")
    return str(implementation["type"]), arguments


def _translate_metric(quality: DataQuality) -> tuple[str, dict[str, Any]]:
    fields = quality.model_dump(exclude_none=True)
    bounds = [(key, value) for key, value in fields.items() if key.startswith("must")]
    match (quality.metric, quality.unit, *bounds):
        case ("rowCount", None | "rows", ("mustBeGreaterOrEqualTo", rows)):
            COUNT.check(f"{quality.name}: mustBeGreaterOrEqualTo", rows)
            return "expect_table_row_count_to_be_between", {"min_value": int(rows)}
        case ("nullValues", "percent", ("mustBeLessOrEqualTo", percent)):
            PERCENT.check(f"{quality.name}: mustBeLessOrEqualTo", percent)
            mostly = round(1 - percent / 100, 9)
            return "expect_column_values_to_not_be_null", {"mostly": mostly}
    raise ValueError(
        f"{quality.name}: this use of the metric {show(quality.metric)} cannot be checked; write"
        " rowCount with mustBeGreaterOrEqualTo, or nullValues with unit percent and"
        " mustBeLessOrEqualTo"
    )
