"""Checks of the store: the folder or bucket, the data accepted last, and the champion."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

from data_contracts.wording import write_count
from flows.diagnosis.checks import Finding, Level, format_duration
from tasks.champions.champion import ChampionRegistry
from tasks.configuration.errors import StoreError
from tasks.deliveries.accepted_files import read_history
from tasks.engine.run import Run
from tasks.sources.redaction import printable, redact_url
from tasks.storage.opening import StoreName, open_store

GIB = 1024**3
FREE_GIB_MIN, FREE_GIB_LOW = 0.5, 4.0
"""A model of `full` is 60 MB, and the store has two copies; pruning keeps those of 20 runs."""
ACCEPTED_DAYS_MAX = 8
"""As in automations.yaml: a weekly run may be a day late."""


def check_store(name: StoreName) -> Finding:
    """Check the format of the store, that it is writable, and the free disk space.

    Raises:
        StoreError: the store cannot be used.
    """
    store = open_store(name)
    with store.explain_errors():
        if store.is_taken():
            raise StoreError(f"{store}: this folder is not empty and not a store; choose another")
        try:
            store.records.try_writing()
        except FileNotFoundError as error:
            raise StoreError(f"{store}: a store cannot be created here; choose another") from error
        place = next(path for path in (store.root, *store.root.parents) if path.exists())
        free = shutil.disk_usage(place).free / GIB
    if free < FREE_GIB_LOW:
        advice = "free disk space, or run `wine-points store --prune`"
        level: Level = "problem" if free < FREE_GIB_MIN else "warning"
        return Finding(level, f"{free:.1f} GiB free at {place}", advice)
    if not store.exists():
        return Finding("warning", f"{store}: no store yet; the first run creates it")
    return Finding(
        "ok", f"{store}, format {store.format_version}, writable, {free:.0f} GiB free at {place}"
    )


def check_accepted(name: StoreName) -> Finding:
    """Check the source and the age of the data accepted last."""
    store = open_store(name)
    with store.explain_errors():
        accepted = read_history(Run(store, ""))
    if not accepted:
        return Finding("warning", "no data accepted yet", "run `wine-points check`")
    last = max(accepted, key=lambda entry: entry.accepted)
    source = redact_url(last.source) if "://" in last.source else printable(last.source)
    age = datetime.now(UTC) - datetime.fromisoformat(last.accepted)
    found = f"{source}, {format_duration(age)} ago"
    if age > timedelta(days=ACCEPTED_DAYS_MAX):
        return Finding("warning", found, "look at the latest runs and the check `source`")
    return Finding("ok", found)


def check_champion(name: StoreName) -> Finding:
    """Check that the champion's files and history are intact."""
    store = open_store(name)
    with store.explain_errors():
        room = ChampionRegistry(store)
        events, champion = room.history(), room.current()
    if champion is None:
        return Finding("warning", "no champion yet", "run `wine-points retrain`")
    files, decisions = write_count(len(champion.files), "file"), write_count(len(events), "event")
    intact = f"{files} and {decisions} of the history are intact"
    return Finding("ok", f"{champion.version}: {intact}")
