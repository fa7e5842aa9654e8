"""Records: the small files of the store that are no outputs, each named by its path in the store.

The history of the champion and its pointer, what is remembered of accepted files and of sources,
and what each run used. They are read and written here alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from tasks.storage.objects import ConflictError, Objects

Change = Callable[[bytes | None], bytes | None]
"""From what a record holds, None where there is none, to what it shall hold; None: as it is."""


class Records:
    """The records of a store."""

    def __init__(self, objects: Objects) -> None:
        """Look at the objects of a store."""
        self._objects = objects

    def place(self, name: str) -> str:
        """Say for people where a record or a folder of them lies."""
        return self._objects.place(name)

    def read(self, name: str) -> bytes | None:
        """Return what a record holds, None where there is none.

        Raises:
            StoreError: what is there cannot be one.
        """
        found = self._objects.read(name)
        return found.content if found else None

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read records, in the order of `names`; those that are gone are left out."""
        return self._objects.read_all(names)

    def write(self, name: str, content: bytes) -> None:
        """Replace a record; a reader or a kill finds the old or the new, whole."""
        self._objects.write(name, content)

    def create(self, name: str, content: bytes) -> None:
        """Write a record unless there is one: of several processes one succeeds.

        Raises:
            FileExistsError: there is one.
        """
        self._objects.create(name, content)

    def update(self, name: str, change: Change) -> None:
        """Change a record; what another process writes meanwhile is not lost.

        In a bucket two changes that come to the same bytes at once count as one.
        """
        while True:
            found = self._objects.read(name)
            content = change(found.content if found else None)
            if content is None:
                return
            try:
                if found is None:
                    self._objects.create(name, content)
                else:
                    self._objects.replace(name, content, found.version)
            except (FileExistsError, ConflictError):
                continue
            return

    def names(self, folder: str) -> list[str]:
        """List the records right in a folder by their paths in the store, in their order."""
        parts = ((name, name[len(folder) + 1 :]) for name in self._objects.list(folder))
        return [n for n, p in parts if p.endswith(".json") and "/" not in p and p[0] != "."]

    def last_used(self, name: str) -> float:
        """Return when a record was written or touched, in seconds since the epoch; 0.0: never."""
        known = self._objects.known(name)
        return known.last_modified if known else 0.0

    def touch(self, name: str) -> None:
        """Note that a record is used, if there is one."""
        self._objects.touch(name)

    def forget(self, folder: str, keep: Collection[str], before: float) -> None:
        """Remove the records of a folder, and what kills left there, but those to keep.

        Args:
            folder: the folder.
            keep: paths in the store.
            before: what was used since this time is kept too, in seconds since the epoch.
        """
        found = self._objects.list(folder).items()
        old = [name for name, known in found if known.last_modified < before]
        self._objects.delete(name for name in old if name not in keep)

    def local(self, name: str) -> Path:
        """Return a file of this machine with what a record holds.

        Raises:
            FileNotFoundError: there is none.
        """
        return self._objects.copy(name)

    def try_writing(self) -> None:
        """Write something and take it away again, and raise what keeps that from being done."""
        self._objects.try_writing()
