"""Files and folders outside the store, put into their places only when they are whole."""

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
    """Let new files be written beside others, then put them into their places in this order.

    What is left empty leaves the old file as it is, and so does an error or an interrupt. What a
    kill left beside is overwritten by the next that writes there; of two at once the second waits.

    Args:
        *paths: files, whose folders are made if need be; a link stays, its target is replaced.

    Yields:
        Where to write, for each path: an empty file.
    """
    places = [follow_links(path) for path in paths]
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
    parts = tuple(place.with_name(f".{place.name}.part") for place in places)
    with contextlib.ExitStack() as held:
        for part in parts:
            held.enter_context(_alone(part, Path.touch))
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
    """Let a folder be filled beside its place, then put it there; of two at once the second waits.

    Yields:
        Where to make it: an empty folder.

    Raises:
        UsageError: there is something already; a folder cannot be replaced in one step.
    """
    folder = follow_links(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.part")
    with _alone(part, lambda place: place.mkdir(exist_ok=True)):
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
def _alone(part: Path, make: Callable[[Path], None]) -> Iterator[None]:
    """Hold a file or folder among all processes; a kill releases it."""
    while (descriptor := _hold(part, make)) is None:
        pass
    try:
        yield
    finally:
        os.close(descriptor)


def _hold(part: Path, make: Callable[[Path], None]) -> int | None:
    """Wait for the lock on `part`; None where who had it moved `part` into its place meanwhile."""
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
