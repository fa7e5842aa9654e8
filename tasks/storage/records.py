"""Records: the small files of the store beside the outputs, named by their paths.

They hold the champion's history and pointer, accepted deliveries, sources, and runs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from tasks.storage.objects import ConflictError, Objects

Change = Callable[[bytes | None], bytes | None]
"""Maps the content of a record, or None if there is none, to its new content; None: no change."""


SCOPED = ("accepted", "champion", "presets", "runs", "scores")
"""Folders that each contract has for itself."""
SCOPES = "contracts"
"""Folder of the scopes of contracts other than the default one."""


class Records:
    """The records of a store, as the runs of one contract see them.

    Attributes:
        scope: name of the contract's folder, in which its SCOPED folders are; empty for the default
            contract, whose folders are in the store itself.
    """

    def __init__(self, objects: Objects, scope: str = "") -> None:
        """Use the objects of a store."""
        self._objects, self.scope = objects, scope

    def path(self, name: str) -> str:
        """Return the path in the store of a record or folder."""
        return f"{self._prefix}{name}" if name.split("/")[0] in SCOPED else name

    @property
    def _prefix(self) -> str:
        return f"{SCOPES}/{self.scope}/" if self.scope else ""

    def place(self, name: str) -> str:
        """Return the path or URL of a record or folder, for messages."""
        return self._objects.place(self.path(name))

    def read(self, name: str) -> bytes | None:
        """Return the content of a record, or None if there is none.

        Raises:
            StoreError: the name is that of a folder.
        """
        found = self._objects.read(self.path(name))
        return found.content if found else None

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read records, in the order of `names`; skip missing ones."""
        paths = {self.path(name): name for name in names}
        return {paths[path]: content for path, content in self._objects.read_all(paths).items()}

    def write(self, name: str, content: bytes) -> None:
        """Create or replace a record atomically."""
        self._objects.write(self.path(name), content)

    def create(self, name: str, content: bytes) -> None:
        """Create a record atomically; of several processes one succeeds.

        Raises:
            FileExistsError: the record exists.
        """
        self._objects.create(self.path(name), content)

    def update(self, name: str, change: Change) -> None:
        """Change a record; if another process changes it meanwhile, apply `change` again.

        In a bucket, two simultaneous changes to the same bytes count as one.
        """
        path = self.path(name)
        while True:
            found = self._objects.read(path)
            content = change(found.content if found else None)
            if content is None:
                return
            try:
                if found is None:
                    self._objects.create(path, content)
                else:
                    self._objects.replace(path, content, found.version)
            except (FileExistsError, ConflictError):
                continue
            return

    def names(self, folder: str) -> list[str]:
        """List the paths of the records in a folder, without subfolders, sorted."""
        start = len(self.path(folder)) + 1
        names = (path[start:] for path in self._objects.list(self.path(folder)))
        return [
            f"{folder}/{name}"
            for name in names
            if name.endswith(".json") and "/" not in name and name[0] != "."
        ]

    def last_used(self, name: str) -> float:
        """Return when a record was written or touched, in seconds since the epoch, or 0.0."""
        known = self._objects.known(self.path(name))
        return known.last_modified if known else 0.0

    def touch(self, name: str) -> None:
        """Set the modification time of a record, if it exists, to now."""
        self._objects.touch(self.path(name))

    def forget(self, folder: str, keep: Collection[str], before: float) -> None:
        """Remove old records and temporary files of a folder.

        Args:
            folder: the folder.
            keep: paths of records that are kept.
            before: records that were used since this time are kept too; seconds since the epoch.
        """
        kept = set(map(self.path, keep))
        found = self._objects.list(self.path(folder)).items()
        old = [path for path, known in found if known.last_modified < before]
        self._objects.delete(path for path in old if path not in kept)

    def local(self, name: str) -> Path:
        """Return the path of a local file with the content of a record.

        Raises:
            FileNotFoundError: there is no such record.
        """
        return self._objects.copy(self.path(name))

    def try_writing(self) -> None:
        """Write and remove a probe; raise the error if that fails."""
        self._objects.try_writing()
