"""Files and folders outside the store, put into their places only when they are whole."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tasks.engine.store import flush_file, flush_folder
from tasks.errors import UsageError


@contextlib.contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Let new files be written beside others, then put them into their places in this order.

    What was not written leaves the old file as it is, and so does an error or an interrupt. What a
    kill left beside is removed by the next that writes there.

    Args:
        *paths: files of one folder, which is made if need be.

    Yields:
        Where to write, for each path.
    """
    folder = paths[0].parent
    folder.mkdir(parents=True, exist_ok=True)
    parts = tuple(path.with_name(f".{path.name}.part") for path in paths)
    try:
        for part in parts:
            part.unlink(missing_ok=True)
        yield parts
        written = [(part, path) for part, path in zip(parts, paths, strict=True) if part.exists()]
        for part, _ in written:
            flush_file(part)
        for part, path in written:
            part.replace(path)
        flush_folder(folder)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Let a folder be filled beside its place, then put it there.

    Yields:
        Where to make it.

    Raises:
        UsageError: there is something already; a folder cannot be replaced in one step.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(f"--output {folder}: there is something already; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        yield part
        for path in part.rglob("*"):
            if path.is_file():
                flush_file(path)
        part.rename(folder)
        flush_folder(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
