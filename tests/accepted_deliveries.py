"""Deliveries that went through the gate, and what a store remembers of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from data_contracts.profile import Profile
from tasks.deliveries.acceptance import (
    DeliveryId,
    remember_acceptance,
    settle_comparison,
)
from tasks.deliveries.references import Comparison, read_references
from tasks.engine.run import Run
from tasks.storage.artifacts import Artifact, FileRecord, Output
from tasks.storage.store import Store
from tests.champions import promote_version as make_champion

URL = "https://example.org/reviews.csv"


def checked(store: Store, name: str, rows: int) -> Artifact:
    """Publish what a check leaves behind of a file of so many rows."""
    if found := store.look_up("validate", name):
        return found
    profile = Profile(
        rows=rows,
        null_fractions={},
        target_counts={88: rows},
        histograms={},
        token_bins=[],
        categories={},
        tokens={},
    )
    with store.workspace("validate", name) as workspace:
        workspace.write_json(profile.model_dump(mode="json"), "profile.json")
        draft = Artifact(stage="validate", address=name, digest="")
        return store.publish(draft, workspace, Output(digest=name))


def accept(run: Run, name: str, rows: int) -> Comparison:
    """Go through the gate as a flow does."""
    delivery = DeliveryId(name, {})
    comparison = settle_comparison(run, delivery, "last")
    remember_acceptance(run, delivery, checked(run.store, name, rows), comparison)
    return comparison


def rows_of(store: Store, comparison: Comparison, key: str = "last") -> int | None:
    known = read_references(store.records, comparison)[0].get(key)
    return known.profile.rows if known else None


def kept_profiles(store: Store) -> list[Path]:
    return [p for p in (store.root / "accepted").glob("*.json") if p.stem != "accepted"]


def remembered(store: Store) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((store.root / "accepted/accepted.json").read_text())
    return found


def grow_old(store: Store, days: float = 2) -> None:
    """Make the profiles older, as if nothing had been compared with them since."""
    for path in kept_profiles(store):
        then = path.stat().st_mtime - days * 24 * 3600
        os.utime(path, (then, then))


def promote_version(store: Store, demo: bool, profile_rows: int | None = 555) -> None:
    """Install a champion, with or without a profile of its training data."""
    path = store.root / "figures"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"figures")
    sources = {"figures.json": (path, FileRecord.of(path))}
    if profile_rows is not None:
        trained = checked(store, "training data", profile_rows)
        record = trained.files["profile.json"]
        sources["profile.json"] = (store.path_of(trained, "profile.json"), record)
    make_champion(store, "v1", sources, lineage={"demo": demo})
