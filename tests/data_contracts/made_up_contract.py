"""A contract for other data than the project's own, with odd names, and reviews that keep it.

Of its columns the text is `text` and the target `stars`, from 1 to 5 in steps of 0.5.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
from open_data_contract_standard.model import CustomProperty, SchemaProperty

from data_contracts.contract import Contract, read_contract
from tests import contracts
from tests.contracts import column, critical

STARS = {"minimum": 1, "maximum": 5, "multipleOf": 0.5}
TEN = {"minimum": 0, "maximum": 10}

Column = dict[str, Any]


def as_property(made: Column) -> SchemaProperty:
    """The same column as the standard's model."""
    extras = [CustomProperty(**extra) for extra in made.get("customProperties", [])]
    return SchemaProperty(**made | {"customProperties": extras})


TEXT = critical(column("text", role="text", sliceEdges=[5, 10]))
TARGET = critical(column("stars", "number", role="target", options=STARS))
DECIMAL = critical(column("stars", "number", role="target", options=TEN))
"""The target without a step."""
NUMBER = column(
    *("größe", "number"),
    options={"exclusiveMinimum": 0},
    unit="cm",
    sliceEdges=[10, 20],
    logarithmic=True,
    auxiliaryTarget=True,
)
ODD: list[Column] = [
    column("a.b", slice=True, auxiliaryTarget=True),
    NUMBER,
    column("100g", role="title"),
    column("one, two", slice=True),
]
COLUMNS: list[Column] = [TEXT, TARGET, *ODD]
ROWS_RULE = {
    "name": "rows",
    "type": "library",
    "metric": "rowCount",
    "mustBeGreaterOrEqualTo": 2,
    "severity": "critical",
    "description": "At least 2 reviews.",
}


def custom_rule(name: str, expectation: str, severity: str = "warning", **arguments: Any) -> Any:
    """A rule of a document that names an expectation."""
    return {
        "name": name,
        "type": "custom",
        "engine": "greatExpectations",
        "severity": severity,
        "description": f"About {name}.",
        "implementation": {"type": expectation, "kwargs": arguments},
    }


def write_contract(
    folder: Path, columns: list[Column] = COLUMNS, rules: list[Any] | None = None, **changes: Any
) -> Path:
    """Write a document with these columns and rules; `changes` replace its own fields."""
    rules = [ROWS_RULE] if rules is None else rules
    return contracts.write_contract(folder, columns, "films", rules, **changes)


def make_contract(folder: Path, *arguments: Any, **changes: Any) -> Contract:
    """Read a document that `write_contract` writes."""
    return read_contract(write_contract(folder, *arguments, **changes))


def make_csv(rows: int, seed: int = 0) -> pd.DataFrame:
    """Reviews that keep the contract, as strings."""
    chance = random.Random(seed)
    words = ["plot", "cast", "slow", "bright", "dull", "score", "scenes", "firm", "ending"]
    return pd.DataFrame(
        {
            "text": [" ".join(chance.choices(words, k=4 + row % 10)) for row in range(rows)],
            "stars": [str(1 + row % 9 / 2) for row in range(rows)],
            "a.b": [chance.choice(["north", "south", ""]) for _ in range(rows)],
            "größe": [str(1 + row % 30) for row in range(rows)],
            "100g": [f"Film {row}" for row in range(rows)],
            "one, two": [chance.choice(["x", "y, z"]) for _ in range(rows)],
        }
    )
