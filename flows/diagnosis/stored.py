"""Checks of the store: the folder or bucket, what was accepted last, and the champion."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

from flows.diagnosis.examination import Finding, Level, describe_age
from tasks.champions.champion import ChampionRegistry
from tasks.configuration.errors import StoreError
from tasks.deliveries.accepted_files import read_history
from tasks.engine.run import Run
from tasks.sources.redaction import printable, redact_url
from tasks.storage.opening import StoreName, open_store

GIB = 1024**3
FREE_GIB_MIN, FREE_GIB_LOW = 0.5, 4.0
"""A model of `full` is 60 MB and lies there twice; pruning keeps those of the newest 20 runs."""
ACCEPTED_DAYS_MAX = 8
"""As the automation that tells someone: a weekly run may be a day late."""


def check_store(named: StoreName) -> Finding:
    """Tell whether the store is of this version's format, can be written, and has room.

    Raises:
        StoreError: it cannot be used.
    """
    store = open_store(named)
    with store.explain_errors():
        if store.is_taken():
            raise StoreError(f"{store}: holds other things and is no store; name another")
        try:
            store.records.try_writing()
        except FileNotFoundError as error:
            raise StoreError(f"{store}: no store can be made here; name another") from error
        there = next(path for path in (store.root, *store.root.parents) if path.exists())
        free = shutil.disk_usage(there).free / GIB
    if free < FREE_GIB_LOW:
        level: Level = "problem" if free < FREE_GIB_MIN else "warning"
        advice = "free some room, or `wine-points store --prune`"
        return Finding(level, f"{free:.1f} GiB free at {there}", advice)
    if not store.exists():
        return Finding("warning", f"{store}: none yet; the first run makes it")
    return Finding(
        "ok", f"{store}, format {store.format_version}, can be written, {free:.0f} GiB free here"
    )


def check_accepted(named: StoreName) -> Finding:
    """Tell which data were accepted last, and when."""
    store = open_store(named)
    with store.explain_errors():
        accepted = read_history(Run(store, ""))
    if not accepted:
        return Finding("warning", "no data were accepted yet", "make check-data")
    last = max(accepted, key=lambda entry: entry.accepted)
    source = redact_url(last.source) if "://" in last.source else printable(last.source)
    age = datetime.now(UTC) - datetime.fromisoformat(last.accepted)
    found = f"{source}, {describe_age(age)} ago"
    if age > timedelta(days=ACCEPTED_DAYS_MAX):
        return Finding("warning", found, "see the latest runs, and `source`")
    return Finding("ok", found)


def check_champion(named: StoreName) -> Finding:
    """Tell whether the champion's files and history are what they must be."""
    store = open_store(named)
    with store.explain_errors():
        registry = ChampionRegistry(store)
        events, champion = registry.history(), registry.current()
    if champion is None:
        return Finding("warning", "there is none yet", "make retrain")
    said = f"{len(champion.files)} files and {len(events)} events of the history are intact"
    return Finding("ok", f"{champion.version}: {said}")
