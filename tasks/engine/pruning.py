"""Pruning: what the store may forget, and what it holds.

The rule: an output goes when none of the newest runs used it and it was neither made nor found
lately (a run under way may be reading it). Abandoned work, damaged outputs that were set aside and
records of older runs go after the same time. The champion's room is not looked at.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from tasks.engine.store import MANIFEST, Store

NOT_STAGES = frozenset({"champion", "runs", "sources"})


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
    """Sum up the sizes of all files below `path`, in bytes."""
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


def measure_store(store: Store) -> list[Usage]:
    """Measure every stage and folder of the store, in the order of their names."""
    folders = sorted(p for p in store.root.iterdir() if p.is_dir() and p.name != ".locks")
    return [Usage(p.name, sum(1 for _ in p.iterdir()), size_of(p)) for p in folders]


def choose_to_prune(store: Store, keep_runs: int, keep_hours: float) -> list[Path]:
    """List the folders and files that the rule lets go.

    Args:
        store: the store.
        keep_runs: outputs that the newest so many runs used are kept.
        keep_hours: so is what was made, found or written in the last so many hours.
    """
    records = sorted((store.root / "runs").glob("*.json"))
    kept_records = records[max(0, len(records) - keep_runs) :]
    used = {path for record in kept_records for path in json.loads(record.read_bytes())["outputs"]}
    oldest = time.time() - keep_hours * 3600
    outputs = (
        manifest.parent
        for manifest in store.root.glob(f"[!.]*/*/{MANIFEST}")
        if manifest.parent.parent.name not in NOT_STAGES
        and str(manifest.parent.relative_to(store.root)) not in used
        and manifest.stat().st_mtime < oldest
    )
    left_over = (
        path
        for pattern in (".work/*/*", ".damaged/*", ".trash/*")
        for path in store.root.glob(pattern)
        if max((p.stat().st_mtime for p in (path, *path.rglob("*"))), default=0) < oldest
    )
    old_records = (r for r in records if r not in kept_records and r.stat().st_mtime < oldest)
    return sorted([*outputs, *left_over, *old_records])


def prune(store: Store, chosen: list[Path]) -> None:
    """Remove what was chosen; an output vanishes as a whole before its files are deleted.

    Work that another process holds is left alone.
    """
    trash = store.root / ".trash"
    trash.mkdir(exist_ok=True)
    for path in chosen:
        stage, address = path.parent.name, path.name
        with store.lock(f"{stage}-{address}", wait=False) as held:
            if held and path.exists():
                gone = trash / f"{stage}-{address}-{time.time_ns()}"
                path.rename(gone)
                shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
        if held:
            (store.root / ".locks" / f"{stage}-{address}").unlink(missing_ok=True)
    for folder in (trash, *store.root.glob(".work/*")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
