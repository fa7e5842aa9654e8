"""The metrics, tags and files of a decision for MLflow, read from the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.champions.champion import Champion, ChampionRegistry
from tasks.champions.history import Event, event_path
from tasks.champions.lineage import look_up_outputs
from tasks.engine.run import flatten
from tasks.modelling.intervals import INTERVALS
from tasks.modelling.model_file import MODEL
from tasks.reporting.run_records import find_announced
from tasks.storage.artifacts import digest_json
from tasks.storage.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Metric

EPOCHS = "history.json"
FIGURES = "figures.json"
REPORT = "report.html"
MIRRORED_FILES = {
    MODEL: "train",
    EPOCHS: "train",
    FIGURES: "evaluate",
    INTERVALS: "evaluate",
    "decision.json": "promote",
}
"""Files that are copied to MLflow beside the report, and the stage that writes each."""
TAGS = {"version", "verdict", "reason", "decision", "champion_before", "champion_after"}
"""Fields of an event that become tags."""


def identify(event: Event) -> str:
    """Return the SHA-256 of an event, which differs between stores."""
    return digest_json(event.model_dump(mode="json"))


def list_metrics(event: Event, files: dict[str, Path], milliseconds: int) -> list[Metric]:
    """List the metrics of the model that a decision is about, and those of each epoch.

    Args:
        event: the decision.
        files: its files; see `find_files`.
        milliseconds: time of the decision, since 1970.
    """
    from mlflow.entities import Metric

    epochs, figures = (
        json.loads(files[name].read_bytes()) if name in files else {} for name in (EPOCHS, FIGURES)
    )
    found = flatten(event.metrics)
    for interval in figures.get("intervals", []):
        found |= flatten(interval, f"interval_{interval.pop('level')}")
    if epochs:
        found["best_validation_mae"] = min(epoch["validation_mae"] for epoch in epochs)
    return [
        Metric(name, float(figure), milliseconds, step)
        for step, named in enumerate([found, *epochs])
        for name, figure in named.items()
        if figure is not None
    ]


def list_tags(event: Event) -> dict[str, str]:
    """List the tags of a decision, for MLflow's search."""
    lineage = event.lineage
    tags: dict[str, Any] = event.model_dump(include=TAGS) | {
        "event": event.number,
        "event_sha256": identify(event),
        "data_sha256": lineage.get("data"),
        "source": lineage.get("source"),
        "contract_version": lineage.get("contract_version"),
        "code_sha256": digest_json(lineage.get("code", {})),
        "libraries": ", ".join(f"{n} {v}" for n, v in lineage.get("libraries", {}).items()),
    }
    return {name: str(value) for name, value in tags.items() if value is not None}


def find_files(
    registry: ChampionRegistry, events: Sequence[Event], event: Event
) -> dict[str, Path]:
    """Find the undamaged files of a decision and its model in the store.

    If the outputs of the stages were pruned or replaced, a champion's files are used.
    """
    outputs = look_up_outputs(registry.store, event)
    found = {
        name: registry.store.path_of(outputs[stage], name)
        for name, stage in MIRRORED_FILES.items()
        if stage in outputs and name in outputs[stage].files
    }
    installed = (e for e in events if e.version == event.version and e.folder is not None)
    for champion in filter(registry.is_intact, map(Champion.from_event, installed)):
        copied = MIRRORED_FILES.keys() & champion.files.keys()
        found = {name: registry.path_of(champion, name) for name in copied} | found
    if report := _find_report(registry.store, event):
        found[REPORT] = report
    record = registry.records.local(event_path(event.number))
    return found | {record.name: record}


def _find_report(store: Store, event: Event) -> Path | None:
    """Find the report of a decision through the record of the run that announced it."""
    decision = event.lineage.get("outputs", {}).get("promote", "")
    used = find_announced(store.records, decision) or ()
    reports = (store.look_up(*path.split("/")) for path in used if path.startswith("report/"))
    return next((store.path_of(report, REPORT) for report in reports if report), None)
