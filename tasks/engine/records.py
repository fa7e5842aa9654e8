"""Records: the small files of the store that are no outputs, each named by its path in the store.

The history of the champion and its pointer, what is remembered of accepted files and of sources,
and what each run used. They are read and written here alone, so that a store may be a folder
(below) or a bucket (tasks/engine/bucket_records.py).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Protocol

from tasks.configuration.errors import StoreError
from tasks.engine.atomic_files import create_atomically, nearest_folder, write_atomically

Change = Callable[[bytes | None], bytes | None]
"""From what a record holds, None where there is none, to what it shall hold; None: as it is."""


class Records(Protocol):
    """The records of a store.

    Attributes:
        root: folder of this machine that files of outputs are read from.
    """

    root: Path

    def place(self, name: str) -> str:
        """Say for people where a record or a folder of them lies."""

    def read(self, name: str) -> bytes | None:
        """Return what a record holds, None where there is none.

        Raises:
            StoreError: what is there cannot be one.
        """

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read records, in the order of `names`; those that are gone are left out."""

    def write(self, name: str, content: bytes) -> None:
        """Replace a record; a reader or a kill finds the old or the new, whole."""

    def create(self, name: str, content: bytes) -> None:
        """Write a record unless there is one: of several processes one succeeds.

        Raises:
            FileExistsError: there is one.
        """

    def update(self, name: str, change: Change) -> None:
        """Change a record; what another process writes meanwhile is not lost.

        In a folder the caller holds the lock of what the record belongs to. In a bucket two changes
        that come to the same bytes at once count as one.
        """

    def names(self, folder: str) -> list[str]:
        """List the records right in a folder by their paths in the store, in their order."""

    def last_used(self, name: str) -> float:
        """Return when a record was written or touched, in seconds since the epoch; 0.0: never."""

    def touch(self, name: str) -> None:
        """Note that a record is used, if there is one."""

    def forget(self, folder: str, keep: Collection[str], before: float) -> None:
        """Remove the records of a folder, and what kills left there, but those to keep.

        Args:
            folder: the folder.
            keep: paths in the store.
            before: what was used since this time is kept too, in seconds since the epoch.
        """

    def local(self, name: str) -> Path:
        """Return a file of this machine with what a record holds."""

    def try_writing(self) -> None:
        """Write something and take it away again, and raise what keeps that from being done."""


class FolderRecords:
    """The records of a store that is a folder; see `Records`."""

    def __init__(self, root: Path) -> None:
        """Look at the store in the folder `root`."""
        self.root = root

    def place(self, name: str) -> str:
        """Name the path."""
        return str(self.root / name)

    def read(self, name: str) -> bytes | None:
        """Read the file."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        except IsADirectoryError as error:
            place = self.place(name)
            raise StoreError(f"{place}: a folder stands where a file belongs; remove it") from error

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read one file after the other."""
        found = ((name, self.read(name)) for name in names)
        return {name: content for name, content in found if content is not None}

    def write(self, name: str, content: bytes) -> None:
        """Rename a new file over the old one."""
        write_atomically(self.root / name, content)

    def create(self, name: str, content: bytes) -> None:
        """Link a new file to its place."""
        create_atomically(self.root / name, content)

    def update(self, name: str, change: Change) -> None:
        """Read and write: the lock that the caller holds keeps others away."""
        content = change(self.read(name))
        if content is not None:
            self.write(name, content)

    def names(self, folder: str) -> list[str]:
        """List the JSON files that are not hidden."""
        paths = (self.root / folder).glob("[!.]*.json")
        return sorted(f"{folder}/{path.name}" for path in paths)

    def last_used(self, name: str) -> float:
        """Return the file's time of change."""
        try:
            return (self.root / name).stat().st_mtime
        except OSError:
            return 0.0

    def touch(self, name: str) -> None:
        """Set the file's time of change."""
        with contextlib.suppress(OSError):
            os.utime(self.root / name)

    def forget(self, folder: str, keep: Collection[str], before: float) -> None:
        """Remove files, hidden ones too."""
        for path in filter(Path.is_file, (self.root / folder).iterdir()):
            if f"{folder}/{path.name}" not in keep and path.stat().st_mtime < before:
                path.unlink()

    def local(self, name: str) -> Path:
        """Return the file itself."""
        return self.root / name

    def try_writing(self) -> None:
        """Write a file without a name (O_TMPFILE where there is that): no kill leaves it behind."""
        with tempfile.TemporaryFile(dir=nearest_folder(self.root)) as probe:
            probe.write(b"probe")
            probe.flush()
            os.fsync(probe.fileno())
