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
from data_contracts.contract_checks import check_contract
from data_contracts.dataset import Dataset
from data_contracts.known_expectations import NUMBERS
from data_contracts.names import aliases_of, written_name
from data_contracts.problems import InvalidContractError
from data_contracts.properties import TOLERANCE, properties_of
from data_contracts.rules import Rule

if TYPE_CHECKING:
    import pyarrow as pa

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
    # Its import takes a quarter of a second; modules that only name a contract do without.
    import pyarrow as pa

    try:
        document, table, dataset, rules = check_contract(content)
    except InvalidContractError as error:
        raise InvalidContractError(error.found, shown) from None
    columns = table.properties or []
    mandatory = {str(c.name) for c in columns if properties_of(c).get("mandatory")}
    numbers = [str(c.name) for c in columns if c.logicalType in NUMBERS]
    return Contract(
        id=str(document.id),
        name=str(document.name or table.name),
        version=str(document.version),
        digest=hashlib.sha256(content).hexdigest(),
        header=tuple(map(written_name, columns)),
        schema=pa.schema([(str(c.name), pa.type_for_alias(c.physicalType)) for c in columns]),
        aliases={str(c.name): aliases_of(c) for c in columns},
        needed=frozenset({dataset.text, dataset.target.name, *mandatory}),
        as_written={name: f"{AS_WRITTEN}{name}" for name in numbers},
        dataset=dataset,
        rules=tuple(rules),
        rejected_fraction_max=float(properties_of(table)[TOLERANCE]),
    )
