"""Locks among the processes of one machine; a kill releases them."""

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
    """Hold the lock of a file among all processes of this machine.

    Args:
        path: the file; it is made if need be.
        wait: until the lock is free; otherwise go on without it.

    Yields:
        Whether the lock is held.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            # Pruning may have removed the file that this process waited for.
            if is_still(path, file.fileno()):
                yield True
                return


def is_still(path: Path, descriptor: int) -> bool:
    """Tell whether `path` is the file or folder that was opened as `descriptor`."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
