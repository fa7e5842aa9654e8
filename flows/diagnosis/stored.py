"""Checks of the store: the folder, what was accepted last, and the champion."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable

from flows.diagnosis.examination import Check, Finding, describe_age
from tasks.champions.champion import ChampionRoom
from tasks.configuration.errors import StoreError
from tasks.deliveries.accepted_files import read_history
from tasks.engine.run import Run
from tasks.sources.redaction import printable, redact_url
from tasks.storage.atomic_files import nearest_folder
from tasks.storage.opening import open_store
from tasks.storage.store import Store

GIB = 1024**3
FREE_GIB_MIN, FREE_GIB_LOW = 0.5, 4.0
"""A model of `full` is 60 MB and lies there twice; pruning keeps those of the newest 20 runs."""
ACCEPTED_DAYS_MAX = 8
"""As the automation that tells someone: a weekly run may be a day late."""
DAY_SECONDS = 86_400


def list_checks(named: str | None) -> list[Check]:
    """List the checks of the store of this name."""
    looks: list[tuple[str, Callable[[Store], Finding]]] = [
        ("disk", check_disk),
        ("last accepted", check_accepted),
        ("champion", check_champion),
        ("history", check_history),
    ]

    def of_store(look: Callable[[Store], Finding]) -> Callable[[], Finding]:
        def answer() -> Finding:
            try:
                store = open_store(named)
            except StoreError:
                return Finding("warning", "not looked at: the store cannot be opened")
            with store.explain_errors():
                return look(store)

        return answer

    store = Check("store", lambda: check_store(named))
    # A champion of many megabytes is read as a whole.
    return [store, *(Check(name, of_store(look), 60.0) for name, look in looks)]


def check_store(named: str | None) -> Finding:
    """Tell whether the store is there, of this version's format, and can be written.

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
    if not store.exists():
        return Finding("warning", f"{store}: none yet; the first run makes it")
    return Finding("ok", f"{store}, format {store.format_version}, can be written")


def check_disk(store: Store) -> Finding:
    """Tell how much room is left on the disk of the store, or of its copies here."""
    free = shutil.disk_usage(nearest_folder(store.root)).free / GIB
    advice = "free some room, or `wine-points store --prune`"
    if free < FREE_GIB_MIN:
        return Finding("problem", f"{free:.1f} GiB free", advice)
    if free < FREE_GIB_LOW:
        return Finding("warning", f"{free:.1f} GiB free", advice)
    return Finding("ok", f"{free:.0f} GiB free")


def check_accepted(store: Store) -> Finding:
    """Tell which data were accepted last, and when."""
    accepted = read_history(Run(store, ""))
    if not accepted:
        return Finding("warning", "no data were accepted yet", "make check-data")
    last = max(accepted, key=lambda entry: entry.accepted)
    source = redact_url(last.source) if "://" in last.source else printable(last.source)
    seconds = _seconds_since(last.accepted)
    found = f"{source}, {describe_age(seconds)} ago"
    if seconds > ACCEPTED_DAYS_MAX * DAY_SECONDS:
        return Finding("warning", found, "see the latest runs, and `source`")
    return Finding("ok", found)


def check_champion(store: Store) -> Finding:
    """Tell who is champion since when, and that its files are what they must be."""
    room = ChampionRoom(store)
    champion, event = room.current(), room.reigning()
    if champion is None or event is None:
        return Finding("warning", "there is none yet", "make retrain")
    mae = champion.metrics.get("test_mae")
    figure = f", test MAE {mae:.3f}" if isinstance(mae, float) else ""
    size = sum(record.size_bytes for record in champion.files.values()) / 1024**2
    since = describe_age(_seconds_since(event.time))
    files = f"{len(champion.files)} files of {size:.1f} MiB intact"
    return Finding("ok", f"{champion.version} for {since}{figure}; {files}")


def check_history(store: Store) -> Finding:
    """Tell whether every event of the champion's history can be read."""
    events = ChampionRoom(store).history()
    return Finding("ok", f"{len(events)} events can be read")


def _seconds_since(moment: str) -> float:
    now = datetime.datetime.now(datetime.UTC)
    return (now - datetime.datetime.fromisoformat(moment)).total_seconds()
