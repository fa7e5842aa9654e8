"""Reads a contract document into an Arrow schema, the roles of the columns, and a list of rules.

A document is in the Open Data Contract Standard v3.1. Columns, types, roles and rules are defined
nowhere else.
"""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from data_contracts.constraints import AS_WRITTEN
from data_contracts.dataset import (
    NUMBERS,
    RESERVED,
    ROW_NUMBER,
    Dataset,
    properties_of,
    read_dataset,
)
from data_contracts.document import read_document
from data_contracts.rules import EXPECTATIONS, HISTOGRAMS, Rule, rules_of_column, rules_of_table
from data_contracts.unreadable import RULE, UNREADABLE

if TYPE_CHECKING:
    import pyarrow as pa
    from open_data_contract_standard.model import (
        OpenDataContractStandard,
        SchemaObject,
        SchemaProperty,
    )

ENDING = ".odcs.yaml"
DEFAULT = "wine_reviews"
"""Name of the contract that is used if none is given."""
DEFAULT_ID = "urn:datacontract:wine-points:wine-reviews"
"""Its id. Stores keep its champion where earlier versions kept the only one."""


class Contract(NamedTuple):
    """A contract.

    Attributes:
        id: of the contract; a store keeps one champion for each.
        name: of the dataset.
        version: the contract's version.
        digest: SHA-256 of the document.
        header: the column names of a CSV file, in order.
        schema: the same columns with their names and types in Parquet.
        aliases: for each column, other names that a file may give it.
        needed: columns without which a file is rejected.
        as_written: for each column of numbers, the name of the column that keeps its texts that
            are not numbers.
        dataset: the roles of the columns.
        rules: all rules, in the document's order.
        rejected_fraction_max: largest share of rows that may be rejected; beyond it, the file is.
    """

    id: str
    name: str
    version: str
    digest: str
    header: tuple[str, ...]
    schema: pa.Schema
    aliases: dict[str, tuple[str, ...]]
    needed: frozenset[str]
    as_written: dict[str, str]
    dataset: Dataset
    rules: tuple[Rule, ...]
    rejected_fraction_max: float

    @property
    def scope(self) -> str:
        """Name of the contract's folder in a store; empty for the default contract."""
        if self.id == DEFAULT_ID:
            return ""
        readable = re.sub(r"[^a-z0-9]+", "-", self.id.rpartition(":")[2].lower()).strip("-")[:40]
        return f"{readable}-{hashlib.sha256(self.id.encode()).hexdigest()[:8]}".lstrip("-")


def list_contracts() -> dict[str, Path]:
    """List the contracts beside this module by name."""
    folder = Path(__file__).parent
    return {path.name.removesuffix(ENDING): path for path in sorted(folder.glob(f"*{ENDING}"))}


def load_contract() -> Contract:
    """Read the default contract."""
    return read_contract(list_contracts()[DEFAULT])


def read_contract(path: Path) -> Contract:
    """Read a contract document from a file; see `parse_contract`."""
    return parse_contract(path.read_bytes(), str(path))


@functools.lru_cache(maxsize=8)
def parse_contract(content: bytes, shown: str) -> Contract:
    """Parse a contract document; the newest are remembered, because a command asks several times.

    Args:
        content: the document.
        shown: its path or URL, for messages.

    Raises:
        ValueError: the document breaks the standard, has more or less than one table, a type, role
            or rule that cannot be used, a rule about an unknown column, a name twice, no critical
            rule, or no valid `rejectedRowsFractionMax`.
    """
    try:
        document = read_document(content)
        tables = document.schema_ or []
        if len(tables) != 1:
            raise ValueError(f"the document describes {len(tables)} tables instead of one")
        return _read_table(tables[0], document, hashlib.sha256(content).hexdigest())
    except ValueError as error:
        raise ValueError(f"{shown}: {error}") from None


def _read_table(table: SchemaObject, document: OpenDataContractStandard, digest: str) -> Contract:
    # Its import takes a quarter of a second; modules that only name a contract do without.
    import pyarrow as pa

    columns = table.properties or []
    names = [str(column.name) for column in columns]
    _check_names(document, columns)
    extras: dict[Any, Any] = {e.property: e.value for e in table.customProperties or []}
    tolerated = extras.get("rejectedRowsFractionMax")
    if not isinstance(tolerated, int | float) or not 0 <= tolerated < 1:
        raise ValueError("rejectedRowsFractionMax must be a number from 0 to below 1")
    rules = [RULE, *rules_of_table(table.quality or [])]
    rules += [rule for column in columns for rule in rules_of_column(column)]
    as_written = {str(c.name): f"{AS_WRITTEN}{c.name}" for c in columns if c.logicalType in NUMBERS}
    _check_rules(rules, {*names, *as_written.values(), UNREADABLE})
    dataset = read_dataset(str(document.id), columns)
    _check_histograms(rules, dataset)
    mandatory = {str(c.name) for c in columns if properties_of(c).get("mandatory")}
    return Contract(
        id=str(document.id),
        name=str(document.name or table.name),
        version=str(document.version),
        digest=digest,
        header=tuple(map(_written_name, columns)),
        schema=pa.schema([(str(c.name), pa.type_for_alias(c.physicalType)) for c in columns]),
        aliases={str(c.name): tuple(map(str, _aliases(c))) for c in columns},
        needed=frozenset({dataset.text, dataset.target.name, *mandatory}),
        as_written=as_written,
        dataset=dataset,
        rules=tuple(rules),
        rejected_fraction_max=float(tolerated),
    )


def _check_names(document: OpenDataContractStandard, columns: list[SchemaProperty]) -> None:
    """Make sure that a store can tell the document from others, and its columns from its own."""
    if not document.id:
        raise ValueError("the document needs an id, under which a store keeps its champion")
    for column in columns:
        if not column.name:
            raise ValueError("each column needs a name; a physicalName may be empty")
        if column.name.startswith(RESERVED) or column.name == ROW_NUMBER:
            raise ValueError(
                f"{column.name}: the pipeline's own columns have names that begin with {RESERVED}"
                f" or are {ROW_NUMBER}; give another name, and this one as physicalName"
            )
    for names in ([str(c.name) for c in columns], [_written_name(c) for c in columns]):
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two columns have the name {twice[0]}")


def _written_name(column: SchemaProperty) -> str:
    return str(column.name) if column.physicalName is None else column.physicalName


def _aliases(column: SchemaProperty) -> list[Any]:
    aliases = properties_of(column).get("aliases", [])
    if not isinstance(aliases, list):
        raise ValueError(f"{column.name}: aliases must be a list of names")
    return aliases


def _check_histograms(rules: list[Rule], dataset: Dataset) -> None:
    binned = {column.name for column in dataset.slices if column.histogram_edges}
    for rule in rules:
        if rule.values & {"$edges", *HISTOGRAMS} and rule.column not in binned:
            raise ValueError(f"{rule.name}: {rule.column} needs histogramEdges or sliceEdges")


def _check_rules(rules: list[Rule], columns: set[str]) -> None:
    """Make sure that each rule can be checked and has a name of its own.

    Args:
        rules: the document's rules.
        columns: the document's columns, the columns `as_written`, and `UNREADABLE`.

    Raises:
        ValueError: a rule cannot be checked, or a name occurs twice.
    """
    for rule in rules:
        if rule.expectation not in EXPECTATIONS:
            can = ", ".join(sorted(EXPECTATIONS))
            raise ValueError(f"{rule.name}: {rule.expectation} cannot be checked, only {can}")
        if unknown := sorted(rule.used_columns - columns):
            raise ValueError(f"{rule.name}: the contract has no column {', '.join(unknown)}")
    if len({rule.name for rule in rules}) < len(rules):
        raise ValueError("two rules have the same name")
    if not any(rule.severity == "critical" for rule in rules if rule != RULE):
        raise ValueError("no rule is critical, so every file would be accepted")
