"""Reads the contract document into an Arrow schema and a list of rules.

The document is `wine_reviews.odcs.yaml`, in the Open Data Contract Standard v3.1. Columns, types
and rules are defined nowhere else.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from data_contracts.constraints import AS_WRITTEN, NUMBERS
from data_contracts.document import read_document
from data_contracts.rules import EXPECTATIONS, Rule, rules_of_column, rules_of_table
from data_contracts.unreadable import RULE, UNREADABLE

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaObject

DOCUMENT = "wine_reviews.odcs.yaml"


class Contract(NamedTuple):
    """The contract.

    Attributes:
        version: the contract's version.
        header: the column names of a CSV file, in order.
        schema: the same columns with their names and types in Parquet.
        as_written: for each column of numbers, the name of the column that keeps its texts that
            are not numbers.
        rules: all rules, in the document's order.
        rejected_fraction_max: largest share of rows that may be rejected; beyond it, the file is.
    """

    version: str
    header: tuple[str, ...]
    schema: pa.Schema
    as_written: dict[str, str]
    rules: tuple[Rule, ...]
    rejected_fraction_max: float

    def scale_of(self, column: str) -> tuple[float, float]:
        """Return the minimum and the maximum of a column of numbers.

        Raises:
            ValueError: the document does not state both.
        """
        for rule in self.rules:
            if (
                rule.name == f"{column}_range"
                and {"min_value", "max_value"} <= rule.arguments.keys()
            ):
                return float(rule.arguments["min_value"]), float(rule.arguments["max_value"])
        raise ValueError(f"{DOCUMENT}: {column} has no minimum and maximum")

    def name_columns(self, header: list[str]) -> list[str]:
        """Translate the names of a CSV file into those of the schema; unknown names stay.

        The first column's name is empty in a CSV file. A file that writes `review_index` there has
        an unknown column, `review_index (written out)`.
        """
        names = {name: f"{name} (written out)" for name in self.schema.names}
        names |= zip(self.header, self.schema.names, strict=True)
        return [names.get(name, name) for name in header]


@functools.cache
def load_contract() -> Contract:
    """Read the contract document beside this module."""
    return read_contract(Path(__file__).with_name(DOCUMENT))


def read_contract(path: Path) -> Contract:
    """Read a contract document.

    Raises:
        ValueError: the document breaks the standard, has more or less than one table, a type or a
            rule that cannot be checked, a rule about an unknown column, a name twice, no critical
            rule, or no valid `rejectedRowsFractionMax`.
    """
    try:
        document = read_document(path)
        tables = document.schema_ or []
        if len(tables) != 1:
            raise ValueError(f"the document describes {len(tables)} tables instead of one")
        return _read_table(tables[0], str(document.version))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _read_table(table: SchemaObject, version: str) -> Contract:
    columns = table.properties or []
    names = [str(column.name) for column in columns]
    extras: dict[Any, Any] = {e.property: e.value for e in table.customProperties or []}
    tolerated = extras.get("rejectedRowsFractionMax")
    if not isinstance(tolerated, int | float) or not 0 <= tolerated < 1:
        raise ValueError("rejectedRowsFractionMax must be a number from 0 to below 1")
    rules = [RULE, *rules_of_table(table.quality or [])]
    rules += [rule for column in columns for rule in rules_of_column(column)]
    as_written = {str(c.name): f"{c.name}{AS_WRITTEN}" for c in columns if c.logicalType in NUMBERS}
    _check_rules(rules, names, {*names, *as_written.values(), UNREADABLE})
    return Contract(
        version=version,
        header=tuple(
            n if c.physicalName is None else c.physicalName
            for n, c in zip(names, columns, strict=True)
        ),
        schema=pa.schema([(str(c.name), pa.type_for_alias(c.physicalType)) for c in columns]),
        as_written=as_written,
        rules=tuple(rules),
        rejected_fraction_max=float(tolerated),
    )


def _check_rules(rules: list[Rule], names: list[str], columns: set[str]) -> None:
    """Make sure that each rule can be checked and has a name of its own.

    Args:
        rules: the document's rules.
        names: the document's columns.
        columns: the same, the columns `as_written`, and `unreadable`.

    Raises:
        ValueError: a rule cannot be checked, or a name occurs twice.
    """
    for rule in rules:
        if rule.expectation not in EXPECTATIONS:
            can = ", ".join(sorted(EXPECTATIONS))
            raise ValueError(f"{rule.name}: {rule.expectation} cannot be checked, only {can}")
        if unknown := sorted(rule.used_columns - columns):
            raise ValueError(f"{rule.name}: the contract has no column {', '.join(unknown)}")
    if len({rule.name for rule in rules}) < len(rules) or len(set(names)) < len(names):
        raise ValueError("two rules, or two columns, have the same name")
    if not any(rule.severity == "critical" for rule in rules if rule != RULE):
        raise ValueError("no rule is critical, so every file would be accepted")
