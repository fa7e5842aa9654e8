"""The contract of the wine reviews, and a made-up one with names that are hard to handle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from data_contracts.contract import Contract, load_contract, read_contract
from data_contracts.dataset import Target
from tasks.sources.reading.expected import ExpectedColumns

WINE = load_contract()
WINE_COLUMNS = ExpectedColumns.of(WINE)
POINTS = WINE.dataset.target
SHARE = Target(name="share", unit="", minimum=0, maximum=1, step=None)
"""A target without a step and without a unit."""


def column(name: str, kind: str = "string", options: Any = None, **extras: Any) -> dict[str, Any]:
    """A column of a document; `extras` are its custom properties."""
    physical = {"string": "string", "integer": "int64", "number": "float64"}[kind]
    properties = [{"property": key, "value": value} for key, value in extras.items()]
    described = {"name": name, "logicalType": kind, "physicalType": physical}
    described |= {"logicalTypeOptions": options} if options else {}
    return described | ({"customProperties": properties} if properties else {})


def critical(described: dict[str, Any]) -> dict[str, Any]:
    """The same column with critical constraints, and without empty values."""
    return described | {"required": True, "criticalDataElement": True}


STARS_COLUMNS = [
    column("id", "integer", role="row_identifier"),
    column("name, place", role="title"),
    column("a.b", slice=True, auxiliaryTarget=True),
    column("größe", "number", sliceEdges=[-5, 0, 1_500_000], unit="cm"),
    column("100g", "number", {"exclusiveMinimum": 0}, auxiliaryTarget=True, logarithmic=True),
    critical(
        column("stars", "number", {"minimum": 1, "maximum": 5, "multipleOf": 0.5}, role="target")
    ),
    critical(column("text", role="text", sliceEdges=[3])),
]


def write_contract(
    folder: Path,
    columns: list[dict[str, Any]],
    name: str = "stars",
    rules: Sequence[dict[str, Any]] = (),
    /,
    **changes: Any,
) -> Path:
    """Write a contract of one table into a folder; `changes` replace fields of the document."""
    table = {
        "name": name,
        "customProperties": [{"property": "rejectedRowsFractionMax", "value": 0.1}],
        "properties": columns,
        "quality": list(rules),
    }
    document = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"urn:datacontract:tests:{name}",
        "name": name,
        "version": "1.0.0",
        "status": "active",
        "schema": [table],
    }
    path = folder / f"{name}.odcs.yaml"
    text = yaml.safe_dump(document | changes, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def make_contract(folder: Path, *arguments: Any, **changes: Any) -> Contract:
    """Read a contract that `write_contract` writes."""
    return read_contract(write_contract(folder, *arguments, **changes))
