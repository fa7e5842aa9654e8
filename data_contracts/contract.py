"""The contract document, read: an Arrow schema and a plain list of rules.

The document is `wine_reviews.odcs.yaml`, in the Open Data Contract Standard v3.1; it is the only
place where columns, types and rules stand.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from data_contracts.constraints import AS_WRITTEN, NUMBERS
from data_contracts.document import read_document
from data_contracts.rules import EXPECTATIONS, Rule, rules_of_column, rules_of_table

if TYPE_CHECKING:
    from open_data_contract_standard.model import SchemaObject

DOCUMENT = "wine_reviews.odcs.yaml"


class Contract(NamedTuple):
    """What the pipeline needs to know of the contract.

    Attributes:
        version: the document's own version.
        header: the CSV's column names in order.
        schema: the same columns as they are named and typed in Parquet.
        as_written: by column of numbers, the column for texts that do not read as one.
        rules: all rules, in the document's order.
        rejected_fraction_max: largest share of rows that may be left out.
    """

    version: str
    header: tuple[str, ...]
    schema: pa.Schema
    as_written: dict[str, str]
    rules: tuple[Rule, ...]
    rejected_fraction_max: float

    def scale_of(self, column: str) -> tuple[float, float]:
        """Return the lowest and the highest value that the document allows in a column of numbers.

        Raises:
            ValueError: it does not bound the column on both sides.
        """
        for rule in self.rules:
            if (
                rule.name == f"{column}_range"
                and {"min_value", "max_value"} <= rule.arguments.keys()
            ):
                return float(rule.arguments["min_value"]), float(rule.arguments["max_value"])
        raise ValueError(f"{DOCUMENT}: {column} has no minimum and maximum")

    def name_columns(self, header: list[str]) -> list[str]:
        """Name a file's columns as the contract does, those that it does not know as they are.

        A column that the header must leave unnamed, or name otherwise, is unknown by our own name.
        """
        names = {name: f"{name} (written out)" for name in self.schema.names}
        names |= zip(self.header, self.schema.names, strict=True)
        return [names.get(written, written) for written in header]


@functools.cache
def load_contract() -> Contract:
    """Read the contract document that lies beside this module."""
    return read_contract(Path(__file__).with_name(DOCUMENT))


def read_contract(path: Path) -> Contract:
    """Read a contract document.

    Raises:
        ValueError: it is no document of the standard, a type or a rule cannot be checked or speaks
            of a column that is none, two rules or columns have one name, no rule is critical,
            there is not just one table, or the tolerated share of rows is none.
    """
    try:
        document = read_document(path)
        tables = document.schema_ or []
        if len(tables) != 1:
            raise ValueError(f"one table is expected, and {len(tables)} are described")
        return _read_table(tables[0], str(document.version))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _read_table(table: SchemaObject, version: str) -> Contract:
    columns = table.properties or []
    names = [str(column.name) for column in columns]
    extras: dict[Any, Any] = {e.property: e.value for e in table.customProperties or []}
    tolerated = extras.get("rejectedRowsFractionMax")
    if not isinstance(tolerated, int | float) or not 0 <= tolerated < 1:
        raise ValueError("rejectedRowsFractionMax has to be a share from 0 to below 1")
    rules = [*rules_of_table(table.quality or [])]
    rules += [rule for column in columns for rule in rules_of_column(column)]
    as_written = {str(c.name): f"{c.name}{AS_WRITTEN}" for c in columns if c.logicalType in NUMBERS}
    _check_rules(rules, names, {*names, *as_written.values()})
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
    """Make sure that the rules can be checked and told apart.

    Args:
        rules: what the document says.
        names: of its columns.
        columns: the same, and those of texts that do not read as a number.

    Raises:
        ValueError: they cannot.
    """
    for rule in rules:
        if rule.expectation not in EXPECTATIONS:
            can = ", ".join(sorted(EXPECTATIONS))
            raise ValueError(f"{rule.name}: {rule.expectation} cannot be checked, only {can}")
        if unknown := sorted(rule.looked_at - columns):
            raise ValueError(f"{rule.name}: the contract has no column {', '.join(unknown)}")
    if len({rule.name for rule in rules}) < len(rules) or len(set(names)) < len(names):
        raise ValueError("two rules, or two columns, have the same name")
    if not any(rule.severity == "critical" for rule in rules):
        raise ValueError("no rule is critical, so anything would be accepted")
