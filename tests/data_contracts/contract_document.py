"""The contract's document and its rules, and the document read after a change of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from data_contracts.contract import (
    DEFAULT,
    Contract,
    list_contracts,
    load_contract,
    read_contract,
)

PATH = list_contracts()[DEFAULT]
RULES = {rule.name: rule for rule in load_contract().rules}

ON_THE_SCALE = {
    "type": "and",
    "conditions": [
        {"type": "comparison", "column": {"name": "points"}, "operator": ">=", "parameter": 80},
        {"type": "comparison", "column": {"name": "points"}, "operator": "<=", "parameter": 100},
    ],
}
"""The row condition of rules that ask only for points that there can be."""


def read_changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Contract:
    """Read the contract after a change of its table."""
    document = yaml.load(PATH.read_text(encoding="utf-8"), yaml.CSafeLoader)
    change(document["schema"][0])
    path = folder / "changed.odcs.yaml"
    text = yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True)
    path.write_text(text, encoding="utf-8")
    return read_contract(path)


def column(table: dict[str, Any], name: str) -> dict[str, Any]:
    return next(column for column in table["properties"] if column["name"] == name)
