"""The records of a store that is a bucket; see tasks/engine/records.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from tasks.engine.atomic_files import write_atomically
from tasks.engine.objects import ConflictError, Objects
from tasks.engine.records import Change

PROBE = ".probe"


class BucketRecords:
    """The records of a store that is a bucket; see `Records`."""

    def __init__(self, objects: Objects, root: Path) -> None:
        """Look at a bucket, of which `root` is this machine's working folder."""
        self._objects, self.root = objects, root

    def place(self, name: str) -> str:
        """Name the URL."""
        return self._objects.place(name)

    def read(self, name: str) -> bytes | None:
        """Get the object."""
        found = self._objects.read(name)
        return found[0] if found else None

    def read_all(self, names: Iterable[str]) -> dict[str, bytes]:
        """Get several objects at once."""
        return self._objects.read_all(names)

    def write(self, name: str, content: bytes) -> None:
        """Put the object."""
        self._objects.write(name, content)

    def create(self, name: str, content: bytes) -> None:
        """Put the object if there is none."""
        self._objects.create(name, content)

    def update(self, name: str, change: Change) -> None:
        """Put the changed object if it is still the one that was read, else begin again."""
        while True:
            found = self._objects.read(name)
            content = change(found[0] if found else None)
            if content is None:
                return
            try:
                if found is None:
                    self._objects.create(name, content)
                else:
                    self._objects.replace(name, content, found[1])
            except (FileExistsError, ConflictError):
                continue
            return

    def names(self, folder: str) -> list[str]:
        """List the objects right in a folder."""
        found = self._objects.list(folder)
        return [n for n in found if n.endswith(".json") and "/" not in n[len(folder) + 1 :]]

    def last_used(self, name: str) -> float:
        """Return the object's time of change, by the server's clock."""
        known = self._objects.known(name)
        return known.last_modified if known else 0.0

    def touch(self, name: str) -> None:
        """Put the object once more."""
        self._objects.touch(name)

    def forget(self, folder: str, keep: Collection[str], before: float) -> None:
        """Delete objects; of what kills left a bucket shows nothing."""
        found = self._objects.list(folder)
        self._objects.delete(
            name for name, k in found.items() if name not in keep and k.last_modified < before
        )

    def local(self, name: str) -> Path:
        """Copy the object to the working folder.

        Raises:
            FileNotFoundError: there is none.
        """
        content = self.read(name)
        if content is None:
            raise FileNotFoundError(self.place(name))
        write_atomically(self.root / name, content)
        return self.root / name

    def try_writing(self) -> None:
        """Put an object and delete it; what a kill leaves, the next one puts over."""
        self._objects.write(PROBE, b"probe")
        self._objects.delete([PROBE])
