"""Atomic writes: a file is written to a temporary name, flushed, and renamed or linked."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tasks.configuration.errors import StoreError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path` atomically; if `path` is a link, replace its target."""
    path = follow_links(path)
    with _temporary_file(path, content) as temporary:
        temporary.replace(path)


def create_atomically(path: Path, content: bytes) -> None:
    """Create the file at `path` atomically; of several processes one succeeds.

    Raises:
        FileExistsError: the file exists.
    """
    with _temporary_file(path, content) as temporary:
        path.hardlink_to(temporary)


def follow_links(path: Path) -> Path:
    """Resolve symbolic links; the target need not exist.

    Raises:
        OSError: the links form a circle.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def nearest_folder(path: Path) -> Path:
    """Return `path` if it exists, else its nearest existing parent."""
    return next(place for place in (path, *path.parents) if place.exists())


@contextlib.contextmanager
def _temporary_file(path: Path, content: bytes) -> Iterator[Path]:
    """Write a file in the folder of `path`, and remove it afterwards unless it was renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_file(path: Path) -> None:
    """Flush a file to the disk, so that its content survives a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Flush the names in a folder to the disk, if its file system supports this."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # CIFS, VirtualBox and others do not support fsync on folders (fsync(2), EINVAL).
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explain_os_errors(
    place: Path, option: str = "--store", whole_tree: bool = True
) -> Iterator[None]:
    """Turn an OSError that is raised when writing below `place` into a StoreError with advice.

    An error about a file elsewhere passes through.

    Args:
        place: the folder that is written to.
        option: the option that names another folder, for the advice.
        whole_tree: whether errors about files in subfolders of `place` are turned too.
    """
    try:
        yield
    except OSError as error:
        hard_links = f"a store needs hard links: choose a folder on another disk with {option}"
        advice = {
            errno.ENOSPC: "the disk is full: free some room, or prune the store",
            errno.EDQUOT: "the disk quota is used up: free some room, or prune the store",
            errno.EACCES: f"no permission to work here: choose another folder with {option}",
            errno.EPERM: f"not permitted; {hard_links}",
            errno.EOPNOTSUPP: f"the file system cannot do it; {hard_links}",
            errno.ENOLCK: f"the file system has no locks: choose another folder with {option}",
            errno.EROFS: f"the file system is read-only: choose another folder with {option}",
            errno.ELOOP: f"its links lead in a circle: choose another place with {option}",
            errno.ENOTDIR: f"this is a file, not a folder: choose another folder with {option}",
            errno.EEXIST: f"this is a file, not a folder: choose another folder with {option}",
        }
        if error.errno not in advice or not _concerns(error, place, whole_tree):
            raise
        raise StoreError(f"{place}: {advice[error.errno]}") from error


def _concerns(error: OSError, place: Path, whole_tree: bool) -> bool:
    """Return whether an error names a path in `place`, a parent of it, or no path."""
    named = [Path(os.fsdecode(n)) for n in (error.filename, error.filename2) if _is_path(n)]
    within = [n.is_relative_to(place) if whole_tree else n.parent == place for n in named]
    return not named or any(within) or any(place.is_relative_to(n) for n in named)


def _is_path(name: object) -> bool:
    return isinstance(name, str | bytes | os.PathLike)
