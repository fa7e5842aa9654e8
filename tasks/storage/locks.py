"""Locks between the processes of a machine, which the system releases after a kill."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

LOCKS = ".locks"
"""Folder of a store's locks."""


@contextlib.contextmanager
def hold_lock(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a file.

    Args:
        path: the file, which is created if necessary.
        wait: wait until the lock is free.

    Yields:
        Whether the lock is held; False only without `wait`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            # Pruning may have removed the file while this process waited; then lock the new file.
            if is_still(path, file.fileno()):
                yield True
                return


def is_still(path: Path, descriptor: int) -> bool:
    """Return whether `path` is still the file or folder that was opened as `descriptor`."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
