"""Atomic replacement of files and folders outside the store."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tasks.configuration.errors import UsageError
from tasks.storage.atomic_files import flush_file, flush_folder, follow_links
from tasks.storage.locks import is_still


@contextlib.contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Yield temporary files, and afterwards replace the files at `paths` by them, in this order.

    The old files stay after an exception or an interrupt, and also where the temporary file is left
    empty. A second process that writes to the same paths waits.

    Args:
        *paths: the files; their folders are created. If a path is a link, its target is replaced.

    Yields:
        An empty temporary file for each path. If a kill leaves it, the next call overwrites it.
    """
    places = [follow_links(path) for path in paths]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
    parts = tuple(place.with_name(f".{place.name}.part") for place in places)
    with contextlib.ExitStack() as stack:
        for part in parts:
            stack.enter_context(_locked(part, Path.touch))
        try:
            for part in parts:
                os.truncate(part, 0)
            yield parts
            written = [pair for pair in zip(parts, places, strict=True) if pair[0].stat().st_size]
            for part, _ in written:
                flush_file(part)
            for part, place in written:
                part.replace(place)
            for folder in {place.parent for place in places}:
                flush_folder(folder)
        finally:
            for part in parts:
                part.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder, and afterwards rename it to `folder`.

    A second process that writes to the same folder waits.

    Yields:
        An empty folder.

    Raises:
        UsageError: `folder` is not empty, or is a file: a folder cannot be replaced atomically.
    """
    folder = follow_links(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.part")
    with _locked(part, lambda place: place.mkdir(exist_ok=True)):
        try:
            if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
                raise UsageError(
                    f"--output {folder}: there is something already; name a new folder"
                )
            _empty(part)
            yield part
            for path in part.rglob("*"):
                if path.is_file():
                    flush_file(path)
            part.rename(folder)
            flush_folder(folder.parent)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextlib.contextmanager
def _locked(part: Path, make: Callable[[Path], None]) -> Iterator[None]:
    """Create and lock a file or folder; a kill releases the lock."""
    while (descriptor := _lock(part, make)) is None:
        pass
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(part: Path, make: Callable[[Path], None]) -> int | None:
    """Wait for the lock on `part`; return None if its holder renamed or removed it."""
    make(part)
    try:
        descriptor = os.open(part, os.O_RDONLY)
    except FileNotFoundError:
        return None
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    if is_still(part, descriptor):
        return descriptor
    os.close(descriptor)
    return None
