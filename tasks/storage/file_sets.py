"""Sets of files that are written once, each set in a folder of its own that no one else writes to.

A champion's own copies are such a set.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from pathlib import Path

from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import FileRecord
from tasks.storage.atomic_files import write_atomically
from tasks.storage.objects import Objects

Sources = dict[str, tuple[Path, FileRecord]]
"""Files to copy and what they must be, by the names that they get."""


class FileSets:
    """The sets of files of a store."""

    def __init__(self, objects: Objects) -> None:
        """Look at the objects of a store."""
        self._objects = objects

    def keep(self, parent: str, stem: str, sources: Sources) -> str:
        """Copy files to a new folder in `parent`, or find one that holds just them.

        Args:
            parent: path in the store.
            stem: what the folder's name begins with.
            sources: what is copied.

        Returns:
            The folder's name.

        Raises:
            StoreError: a file was replaced or damaged since it was looked up.
        """
        files = {name: record for name, (_, record) in sources.items()}
        lying = defaultdict[str, set[str]](set)
        for path in self._objects.list(parent):
            folder, _, name = path[len(parent) + 1 :].partition("/")
            lying[folder].add(name)
        for folder, held in lying.items():
            ours = folder.startswith(f"{stem}-") and held == set(files)
            if ours and self.find_damage(f"{parent}/{folder}", files) is None:
                # Another machine may be pruning: what is used again is no longer old.
                smallest = min(files, key=lambda name: (files[name].size_bytes, name))
                self._objects.touch(f"{parent}/{folder}/{smallest}")
                return folder
        folder = f"{stem}-{uuid.uuid4().hex[:12]}"
        making = self._objects.root / ".work" / parent / folder
        copy_files(sources, making)
        self._objects.take_in(f"{parent}/{folder}", making)
        return folder

    def find_damage(self, folder: str, files: dict[str, FileRecord]) -> str | None:
        """Return the name of a file of a set that is damaged or missing; None: all are sound.

        Those that are sound can be read below the store's root afterwards.
        """
        return self._objects.find_damage(folder, files)


def copy_files(sources: Sources, folder: Path) -> None:
    """Copy files to a folder, each whole.

    Raises:
        StoreError: one was replaced or damaged since it was looked up.
    """
    for name, (source, record) in sources.items():
        write_atomically(folder / name, source.read_bytes())
        if not record.matches(folder / name):
            raise StoreError(f"{source}: replaced or damaged since it was read; run again")
