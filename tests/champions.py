"""Champions made of small files, for the tests of the registry, its history and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tasks.champions.champion import ChampionRegistry
from tasks.champions.history import Event
from tasks.champions.installation import append_next_event, install
from tasks.storage.artifacts import FileRecord
from tasks.storage.file_sets import Sources
from tasks.storage.store import Store

LINEAGE = {
    "demo": False,
    "data": "d",
    "delivery": "D",
    "source": "reviews.csv",
    "contract_version": "1.0.0",
}


def about(version: str, **changes: Any) -> dict[str, Any]:
    """The fields of an event that a caller gives."""
    fields = {
        "kind": "decision",
        "verdict": "Promoted",
        "reason": "The candidate beats the champion.",
        "version": version,
        "decision": f"decision on {version}",
        "lineage": LINEAGE | {"outputs": {}},
        "metrics": {"test_mae": 1.25, "rows": 1000},
    }
    return fields | changes


def event(number: int, version: str, kind: str = "decision", **changes: Any) -> Event:
    """An event as it would be read, of a promotion unless the kind says otherwise."""
    fields = about(version, kind=kind, **changes)
    return Event(
        **fields, number=number, time="", champion_before=None, champion_after=version, folder="f"
    )


def write_sources(folder: Path, contents: dict[str, bytes]) -> Sources:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: (folder / name, FileRecord.of(folder / name)) for name in contents}


def promote_version(
    store: Store, version: str, sources: Sources | None = None, **changes: Any
) -> Event:
    """Make a model of small files the champion, by the rule unless the changes say otherwise."""
    if sources is None:
        contents = {"model.keras": f"weights of {version}".encode(), "figures.json": b"{}"}
        sources = write_sources(store.root.parent / f"outputs of {version}", contents)
    registry = ChampionRegistry(store)
    return install(registry, registry.history(), sources, **about(version, **changes))


def keep(store: Store, version: str, **changes: Any) -> Event:
    """Note that a candidate was not good enough."""
    fields = about(version, verdict="KeptChampion", **changes)
    registry = ChampionRegistry(store)
    return append_next_event(registry, registry.history(), **fields)


def current_version(store: Store) -> str | None:
    champion = ChampionRegistry(store).current()
    return champion.version if champion else None
