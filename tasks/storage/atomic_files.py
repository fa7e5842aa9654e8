"""Files that are written whole, flushed, and put into their places in one step."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tasks.configuration.errors import StoreError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path` so that a reader or a kill sees the old or the new, whole.

    Where `path` is a link, its target is replaced.
    """
    path = follow_links(path)
    with _written_beside(path, content) as beside:
        beside.replace(path)


def create_atomically(path: Path, content: bytes) -> None:
    """Make the file at `path`, whole, unless one is there: of several processes one succeeds.

    Raises:
        FileExistsError: there is one.
    """
    with _written_beside(path, content) as beside:
        path.hardlink_to(beside)


def follow_links(path: Path) -> Path:
    """Return where a path leads, be there something or not.

    Raises:
        OSError: its links lead in a circle.
    """
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def nearest_folder(path: Path) -> Path:
    """Return what is there already: `path`, or the next folder above it."""
    return next(place for place in (path, *path.parents) if place.exists())


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes) -> Iterator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield beside
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(path.parent)


def flush_file(path: Path) -> None:
    """Make a file's content outlive a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def flush_folder(path: Path) -> None:
    """Make the names in a folder outlive a power cut, where its file system can do so."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Shares of CIFS, VirtualBox and the like say so of any folder (fsync(2), EINVAL).
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explain_os_errors(
    place: Path, option: str = "--store", whole_tree: bool = True
) -> Iterator[None]:
    """Turn the operating system's refusals to write below `place` into a StoreError.

    An error that names a file elsewhere is left as it is.

    Args:
        place: where it is written.
        option: how another place is named.
        whole_tree: all that lies below `place` is written, not only what lies right in it.
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
        if error.errno not in advice or not _may_concern(error, place, whole_tree):
            raise
        raise StoreError(f"{place}: {advice[error.errno]} ({error.strerror})") from error


def _may_concern(error: OSError, place: Path, whole_tree: bool) -> bool:
    """Tell whether an error names something in `place`, a folder above it, or nothing."""
    named = [Path(os.fsdecode(n)) for n in (error.filename, error.filename2) if _is_path(n)]
    within = [n.is_relative_to(place) if whole_tree else n.parent == place for n in named]
    return not named or any(within) or any(place.is_relative_to(n) for n in named)


def _is_path(name: object) -> bool:
    return isinstance(name, str | bytes | os.PathLike)
