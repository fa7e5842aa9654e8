"""A contract for other data than the project's own, with odd names, and reviews that keep it.

Of its columns the text is `text` and the target `stars`, from 1 to 5 in steps of 0.5.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from open_data_contract_standard.model import CustomProperty, SchemaProperty

from data_contracts.contract import Contract, read_contract

PHYSICAL = {"string": "string", "integer": "int64", "number": "float64"}
STARS = {"minimum": 1, "maximum": 5, "multipleOf": 0.5}
TEN = {"minimum": 0, "maximum": 10}

Column = dict[str, Any]


def column(name: str, kind: str = "string", **roles: Any) -> Column:
    """A column of a document; roles are its custom properties, `options` those of its type."""
    options = roles.pop("options", None)
    extras = [{"property": key, "value": value} for key, value in roles.items()]
    made = {"name": name, "logicalType": kind, "physicalType": PHYSICAL[kind]}
    return (
        made
        | ({"logicalTypeOptions": options} if options else {})
        | ({"customProperties": extras} if extras else {})
    )


def needed(made: Column) -> Column:
    """The same column with critical constraints, and without empty values."""
    return made | {"required": True, "criticalDataElement": True}


def as_property(made: Column) -> SchemaProperty:
    """The same column as the standard's model."""
    extras = [CustomProperty(**extra) for extra in made.get("customProperties", [])]
    return SchemaProperty(**made | {"customProperties": extras})


TEXT = needed(column("text", role="text", sliceEdges=[5, 10]))
TARGET = needed(column("stars", "number", role="target", options=STARS))
DECIMAL = needed(column("stars", "number", role="target", options=TEN))
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
    table = {
        "name": "films",
        "properties": columns,
        "quality": [ROWS_RULE] if rules is None else rules,
        "customProperties": [{"property": "rejectedRowsFractionMax", "value": 0.1}],
    }
    document = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "urn:datacontract:tests:films",
        "name": "films",
        "version": "1.0.0",
        "status": "active",
        "schema": [table],
    }
    path = folder / "films.odcs.yaml"
    text = yaml.safe_dump(document | changes, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


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
