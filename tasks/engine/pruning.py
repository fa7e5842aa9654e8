"""Pruning: what the store may forget, and what it holds.

The rule: an output goes when none of the newest runs used it and it was neither made nor found
lately (a run under way may be reading it). Abandoned work and downloads, damaged outputs that were
set aside and records of older runs go after the same time, but those that the page of metrics shows
stay. Which earlier champions go is settled in
tasks/champions/installation.py.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tasks.configuration.errors import StoreError
from tasks.engine.records import Records
from tasks.engine.run_names import RUNS, choose_decided
from tasks.engine.store import SCORES, Store

NOT_STAGES = frozenset({"accepted", "champion", RUNS, SCORES, "sources"})

FOLDERS_OF_RECORDS = ("champion", "champion/announced", "champion/history", RUNS)
"""Where a run that is killed leaves hidden files."""


class Usage(NamedTuple):
    """What one stage, or another folder of the store, takes up.

    Attributes:
        name: the stage or folder.
        outputs: number of outputs or entries.
        size_bytes: of all its files.
    """

    name: str
    outputs: int
    size_bytes: int


def size_of(path: Path) -> int:
    """Sum up the sizes of all files at or below `path`, in bytes, as far as they stay there."""
    total = 0
    for file in (path, *path.rglob("*")):
        with contextlib.suppress(OSError):
            total += file.stat().st_size if file.is_file() else 0
    return total


def last_touched(path: Path) -> float:
    """Return when the newest file at or below `path` was written, in seconds since the epoch."""
    times = [0.0]
    for file in (path, *path.rglob("*")):
        with contextlib.suppress(OSError):
            times.append(file.stat().st_mtime)
    return max(times)


def measure_store(store: Store) -> list[Usage]:
    """Measure every stage and folder of the store, in the order of their names."""
    folders = sorted(p for p in store.root.iterdir() if p.is_dir() and p.name != ".locks")
    return [Usage(p.name, sum(1 for _ in p.iterdir()), size_of(p)) for p in folders]


def outputs_of(place: str, record: bytes) -> set[str]:
    """Read which outputs a run used.

    Args:
        place: where the record lies, for people.
        record: what it holds.

    Raises:
        StoreError: the record is damaged.
    """
    try:
        return set(json.loads(record)["outputs"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{place}: the record of a run is damaged; remove it") from error


def read_used(records: Records, names: Iterable[str]) -> set[str]:
    """Read which outputs some runs used.

    Raises:
        StoreError: the record of a run is damaged.
    """
    written = records.read_all(names)
    return {
        path for n, content in written.items() for path in outputs_of(records.place(n), content)
    }


def choose_to_prune(store: Store, keep_runs: int, keep_hours: float) -> list[Path]:
    """List the folders and files that the rule lets go.

    Args:
        store: the store.
        keep_runs: outputs that the newest so many runs used are kept.
        keep_hours: so is what was made, found or written in the last so many hours.

    Raises:
        StoreError: the record of a run is damaged.
    """
    names = store.records.names(RUNS)
    newest = names[max(0, len(names) - keep_runs) :]
    kept = read_used(store.records, newest) | {*newest, *choose_decided(names)}
    candidates = [
        *(p for p in store.root.glob("[!.]*/*") if p.parent.name not in NOT_STAGES),
        *store.root.glob(".work/*/*"),
        *store.root.glob(".damaged/*"),
        *store.root.glob(".trash/*"),
        *store.root.glob("sources/*/download.part*"),
        *(path for folder in FOLDERS_OF_RECORDS for path in store.root.glob(f"{folder}/.*")),
        *(store.root / name for name in names),
    ]
    oldest, keep = time.time() - keep_hours * 3600, {store.root / path for path in kept}
    return sorted(p for p in candidates if p not in keep and last_touched(p) < oldest)


def prune(store: Store, chosen: list[Path], keep_hours: float) -> list[Path]:
    """Remove what was chosen; an output vanishes as a whole before its files are deleted.

    Left alone is what another process holds, or has used since it was chosen.

    Returns:
        What was removed.
    """
    trash = store.root / ".trash"
    trash.mkdir(exist_ok=True)
    removed = []
    for path in chosen:
        name = f"{path.parent.name}-{path.name}"
        with store.lock(name, wait=False) as held:
            if held and 0 < last_touched(path) < time.time() - keep_hours * 3600:
                gone = trash / f"{name}-{time.time_ns()}"
                path.rename(gone)
                shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
                removed.append(path)
            if held:
                (store.root / ".locks" / name).unlink(missing_ok=True)
    for folder in (trash, *store.root.glob(".work/*")):
        with contextlib.suppress(OSError):
            folder.rmdir()
    return removed
