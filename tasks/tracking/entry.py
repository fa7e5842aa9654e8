"""What MLflow is told of a decision: parameters, metrics, tags, files, all from the store."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tasks.champions.champion import Champion, ChampionRoom
from tasks.champions.history import Event, name_of_event
from tasks.champions.lineage import look_up_outputs
from tasks.engine.run import flatten
from tasks.modelling.intervals import INTERVALS
from tasks.modelling.model_file import MODEL
from tasks.reporting.run_records import find_announced
from tasks.storage.artifacts import digest_json
from tasks.storage.store import Store

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


class Entry(NamedTuple):
    """A decision as MLflow keeps it.

    Attributes:
        name: version of the model.
        time_milliseconds: when it was decided, since 1970.
        parameters: the settings of each stage from the split on, by dotted name.
        metrics: figures of evaluation and training.
        series: figures by epoch, from the first.
        tags: what else there is to search by.
        files: by the names that they get, what the store still holds of it.
    """

    name: str
    time_milliseconds: int
    parameters: dict[str, str]
    metrics: dict[str, float]
    series: dict[str, list[float]]
    tags: dict[str, str]
    files: dict[str, Path]


def identify(event: Event) -> str:
    """Return what tells an event from every other, those of other stores included."""
    return digest_json(event.model_dump(mode="json"))


def make_entry(store: Store, room: ChampionRoom, events: Sequence[Event], event: Event) -> Entry:
    """Collect what MLflow is told of a decision.

    Args:
        store: the store.
        room: its champion's room.
        events: the whole history.
        event: the decision.
    """
    noted = room.records.local(name_of_event(event.number))
    files = find_files(store, room, events, event)
    epochs = _read(files, EPOCHS, [])
    names = sorted({name for epoch in epochs for name in epoch})
    return Entry(
        name=event.version,
        time_milliseconds=int(datetime.datetime.fromisoformat(event.time).timestamp() * 1000),
        parameters={k: str(v) for k, v in flatten(event.lineage.get("parameters", {})).items()},
        metrics=list_metrics(event, epochs, _read(files, FIGURES, {})),
        series={name: [epoch[name] for epoch in epochs] for name in names},
        tags=list_tags(event),
        files=files | {noted.name: noted},
    )


def list_metrics(
    event: Event, epochs: Sequence[dict[str, float]], figures: dict[str, Any]
) -> dict[str, float]:
    """List the figures of a decision's model.

    Args:
        event: the decision.
        epochs: of the training, as it leaves them in `history.json`; none where that was pruned.
        figures: of the evaluation, as it leaves them in `figures.json`; none where that was pruned.
    """
    found = flatten(event.metrics)
    for interval in figures.get("intervals", []):
        for name in ("coverage", "coverage_unseen", "half_width_points"):
            found[f"interval_{interval['level']}.{name}"] = interval[name]
    if epochs:
        found["best_validation_mae"] = min(epoch["validation_mae"] for epoch in epochs)
    return {name: float(figure) for name, figure in found.items() if figure is not None}


def list_tags(event: Event) -> dict[str, str]:
    """List what a decision can be searched by."""
    lineage = event.lineage
    tags = {
        "event": event.number,
        "event_sha256": identify(event),
        "version": event.version,
        "verdict": event.verdict,
        "reason": event.reason,
        "decision": event.decision,
        "champion_before": event.champion_before,
        "champion_after": event.champion_after,
        "data_sha256": lineage.get("data"),
        "source": lineage.get("source"),
        "contract_version": lineage.get("contract_version"),
        "code_sha256": digest_json(lineage.get("code", {})),
        "libraries": ", ".join(f"{n} {v}" for n, v in lineage.get("libraries", {}).items()),
    }
    return {name: str(value) for name, value in tags.items() if value is not None}


def find_files(
    store: Store, room: ChampionRoom, events: Sequence[Event], event: Event
) -> dict[str, Path]:
    """Find what the store still holds, undamaged, of a decision and its model.

    A champion's own copies count where the outputs of the stages were pruned or made again.
    """
    outputs = look_up_outputs(store, event)
    found = {
        name: store.path_of(outputs[stage], name)
        for name, stage in WANTED.items()
        if stage in outputs and name in outputs[stage].files
    }
    for other in events:
        if other.version == event.version and other.folder is not None:
            champion = Champion.made_by(other)
            if room.is_intact(champion):
                copies = {name: room.path_of(champion, name) for name in champion.files}
                found = {name: copies[name] for name in copies.keys() & WANTED.keys()} | found
    if report := _find_report(store, event):
        found[REPORT] = report
    return found


def _find_report(store: Store, event: Event) -> Path | None:
    """Find the page of the run that came to a decision, by the record of that run."""
    decision = event.lineage.get("outputs", {}).get("promote", "")
    for path in find_announced(store.records, decision) or ():
        report = store.look_up(*path.split("/")) if path.startswith("report/") else None
        if report is not None:
            return store.path_of(report, REPORT)
    return None


def _read(files: dict[str, Path], name: str, otherwise: Any) -> Any:
    return json.loads(files[name].read_bytes()) if name in files else otherwise
