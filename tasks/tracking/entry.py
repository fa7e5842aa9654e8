"""What MLflow is told of a decision: metrics, tags, files, all from the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.champions.champion import Champion, ChampionRoom
from tasks.champions.history import Event, name_of_event
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
WANTED = {
    MODEL: "train",
    EPOCHS: "train",
    FIGURES: "evaluate",
    INTERVALS: "evaluate",
    "decision.json": "promote",
}
"""Files that MLflow gets, and the stage whose output each is of; the report comes to them."""
SEARCHED = {"version", "verdict", "reason", "decision", "champion_before", "champion_after"}


def identify(event: Event) -> str:
    """Return what tells an event from every other, those of other stores included."""
    return digest_json(event.model_dump(mode="json"))


def list_metrics(event: Event, files: dict[str, Path], milliseconds: int) -> list[Metric]:
    """List the figures of a decision's model, and those of its training by epoch.

    Args:
        event: the decision.
        files: what the store still holds of it; see `find_files`.
        milliseconds: when it was decided, since 1970.
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
    """List what a decision can be searched by."""
    lineage = event.lineage
    tags: dict[str, Any] = event.model_dump(include=SEARCHED) | {
        "event": event.number,
        "event_sha256": identify(event),
        "data_sha256": lineage.get("data"),
        "source": lineage.get("source"),
        "contract_version": lineage.get("contract_version"),
        "code_sha256": digest_json(lineage.get("code", {})),
        "libraries": ", ".join(f"{n} {v}" for n, v in lineage.get("libraries", {}).items()),
    }
    return {name: str(value) for name, value in tags.items() if value is not None}


def find_files(room: ChampionRoom, events: Sequence[Event], event: Event) -> dict[str, Path]:
    """Find what the store still holds, undamaged, of a decision and its model.

    A champion's own copies count where the outputs of the stages were pruned or made again.
    """
    outputs = look_up_outputs(room.store, event)
    found = {
        name: room.store.path_of(outputs[stage], name)
        for name, stage in WANTED.items()
        if stage in outputs and name in outputs[stage].files
    }
    installed = (e for e in events if e.version == event.version and e.folder is not None)
    for champion in filter(room.is_intact, map(Champion.made_by, installed)):
        held = WANTED.keys() & champion.files.keys()
        found = {name: room.path_of(champion, name) for name in held} | found
    if report := _find_report(room.store, event):
        found[REPORT] = report
    noted = room.records.local(name_of_event(event.number))
    return found | {noted.name: noted}


def _find_report(store: Store, event: Event) -> Path | None:
    """Find the page of the run that came to a decision, by the record of that run."""
    decision = event.lineage.get("outputs", {}).get("promote", "")
    used = find_announced(store.records, decision) or ()
    reports = (store.look_up(*path.split("/")) for path in used if path.startswith("report/"))
    return next((store.path_of(report, REPORT) for report in reports if report), None)
