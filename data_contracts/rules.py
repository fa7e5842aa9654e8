"""Rules of a contract, each translated into one expectation of Great Expectations.

A contract document has three ways to write a rule: a constraint of the standard (`required`,
`unique`, `logicalType`, `logicalTypeOptions`), a metric of the standard (`type: library`), or the
name of an expectation (`type: custom, engine: greatExpectations`).
See the Open Data Contract Standard v3.1, sections Schema and Data Quality.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from data_contracts.constraints import AS_WRITTEN, MISREAD, constraints_of
from data_contracts.kinds import show
from data_contracts.known_expectations import EXPECTATIONS
from data_contracts.misspellings import find_meant
from data_contracts.places import COLUMNS, TABLE, Keys
from data_contracts.problems import Problems
from data_contracts.written_rules import SEVERITIES, Severity, check_entry, translate

if TYPE_CHECKING:
    from open_data_contract_standard.model import DataQuality, SchemaProperty

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
        what = f"the row_condition {show(condition)} cannot be checked"
        signs = ", ".join(sorted(COMPARISONS))
        match condition:
            case {"type": "comparison", "operator": sign} if sign not in [*COMPARISONS]:
                raise ValueError(f"{what}: its operator must be one of {signs}, not {show(sign)}")
        raise ValueError(
            f"{what}; write the type nullity with is_null, comparison with operator and parameter,"
            " or and with conditions"
        )
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
    def place(self) -> Keys:
        """Its place in the document, if it is an entry of a `quality` list there."""
        part = TABLE if self.column is None else (*COLUMNS, str(self.column))
        return (*part, "quality", self.name)

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
    yield from _rules(qualities, None, problems)


def rules_of_column(column: SchemaProperty, problems: Problems) -> Iterator[Rule]:
    """Translate the constraints and the rules of one column; collect what is wrong with others."""
    name = str(column.name)
    with problems.collect(*COLUMNS, name):
        for kind, expectation, arguments, meaning in constraints_of(column):
            critical = column.criticalDataElement or kind == MISREAD
            severity: Severity = "critical" if critical else "warning"
            given = {"column": name} | arguments
            yield Rule(f"{name}_{kind}", name, severity, expectation, given, f"{name}: {meaning}.")
    yield from _rules(column.quality or [], name, problems)


def _rules(qualities: list[DataQuality], column: str | None, problems: Problems) -> Iterator[Rule]:
    """Translate a `quality` list, also the rules that are incomplete but can be checked further."""
    part = TABLE if column is None else (*COLUMNS, column)
    for number, quality in enumerate(qualities):
        place = (*part, "quality", number)
        name = quality.name or f"rule {number + 1} of {column or 'the table'}"
        severity = cast("Severity", find_meant(quality.severity or "", SEVERITIES) or "warning")
        check_entry(quality, name, place, problems)
        if found := translate(quality, name, place, problems):
            expectation, arguments = found
            known = EXPECTATIONS.get(find_meant(expectation, EXPECTATIONS) or "")
            if column and known and "column" in known.columns:
                arguments = {"column": column} | arguments
            meaning = quality.description or ""
            yield Rule(name, column, severity, expectation, arguments, meaning)
