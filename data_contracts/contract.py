"""Reads a contract document into an Arrow schema, the roles of the columns, and a list of rules.

A document is in the Open Data Contract Standard v3.1. Columns, types, roles and rules are defined
nowhere else.
"""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from data_contracts.constraints import AS_WRITTEN
from data_contracts.dataset import Dataset
from data_contracts.document import check_header, read_document
from data_contracts.known_expectations import ANY, NUMBERS
from data_contracts.names import aliases_of, check_name, check_names, written_name
from data_contracts.problems import InvalidContractError, Problems
from data_contracts.properties import (
    OF_COLUMN,
    OF_TABLE,
    TOLERANCE,
    check_properties,
    properties_of,
)
from data_contracts.roles import read_dataset
from data_contracts.rule_checks import check_references, check_rule
from data_contracts.rules import Rule, rules_of_column, rules_of_table
from data_contracts.unreadable import RULE

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
        InvalidContractError: the document breaks the standard, or holds what the pipeline cannot
            use. All that was found is named.
    """
    try:
        document = read_document(content)
        return _read(document, hashlib.sha256(content).hexdigest())
    except InvalidContractError as error:
        raise InvalidContractError(error.problems, shown) from None


def _read(document: OpenDataContractStandard, digest: str) -> Contract:
    """Make the contract of a document.

    Raises:
        InvalidContractError: it cannot be used.
    """
    # Its import takes a quarter of a second; modules that only name a contract do without.
    import pyarrow as pa

    table = _find_table(document)
    columns = table.properties or []
    rules = [RULE, *_read_rules(table, columns)]
    problems = Problems()
    with problems.collect():
        dataset = read_dataset(str(document.id), columns)
        _check_rules(rules, dataset, problems)
    with problems.collect():
        check_names(columns)
    problems.raise_any()
    mandatory = {str(c.name) for c in columns if properties_of(c).get("mandatory")}
    return Contract(
        id=str(document.id),
        name=str(document.name or table.name),
        version=str(document.version),
        digest=digest,
        header=tuple(map(written_name, columns)),
        schema=pa.schema([(str(c.name), pa.type_for_alias(c.physicalType)) for c in columns]),
        aliases={str(c.name): aliases_of(c) for c in columns},
        needed=frozenset({dataset.text, dataset.target.name, *mandatory}),
        as_written={str(c.name): f"{AS_WRITTEN}{c.name}" for c in columns if _has_numbers(c)},
        dataset=dataset,
        rules=tuple(rules),
        rejected_fraction_max=float(properties_of(table)[TOLERANCE]),
    )


def _find_table(document: OpenDataContractStandard) -> SchemaObject:
    """Return the table of a document.

    Raises:
        InvalidContractError: it has none or several, or the document is of another kind.
    """
    problems, tables = [*check_header(document)], document.schema_ or []
    if len(tables) != 1:
        problems.append(f"the document describes {len(tables)} tables instead of one")
    elif not document.name and not tables[0].name:
        problems.append("the document needs a name")
    if problems:
        raise InvalidContractError(problems)
    return tables[0]


def _read_rules(table: SchemaObject, columns: list[SchemaProperty]) -> list[Rule]:
    """Read the rules, and check each part of the table by itself.

    Raises:
        InvalidContractError: a part cannot be used.
    """
    problems = Problems()
    for column in columns:
        with problems.collect():
            check_name(column)
    problems.raise_any()
    with problems.collect():
        check_properties(table, OF_TABLE)
        if TOLERANCE not in properties_of(table):
            raise ValueError(
                f"{table.name}: the custom property {TOLERANCE} must be {OF_TABLE[TOLERANCE].words}"
            )
    rules = [*rules_of_table(table.quality or [], problems)]
    for column in columns:
        with problems.collect():
            check_properties(column, OF_COLUMN)
        rules += rules_of_column(column, problems)
    types = {str(c.name): str(c.logicalType) for c in columns}
    types |= {f"{AS_WRITTEN}{c.name}": "string" for c in columns if _has_numbers(c)}
    untyped = {str(column.name) for column in columns if column.logicalType not in ANY}
    for rule in rules:
        with problems.collect():
            if not rule.columns & untyped:
                check_rule(rule, types)
    problems.raise_any()
    return rules


def _has_numbers(column: SchemaProperty) -> bool:
    return column.logicalType in NUMBERS


def _check_rules(rules: list[Rule], dataset: Dataset, problems: Problems) -> None:
    """Make sure that rules have different names and suit the dataset, and that one is critical."""
    for rule in rules:
        with problems.collect():
            check_references(rule, dataset)
    names = [rule.name for rule in rules]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"two rules have the same name {twice[0]}; give one another name")
    if not any(rule.severity == "critical" for rule in rules if rule != RULE):
        raise ValueError("no rule is critical, so every file would be accepted")
