"""Sets of files that are written once, each set in a folder of its own that no one else writes to.

A champion's own copies are such a set. In a bucket: tasks/engine/bucket_files.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tasks.configuration.errors import StoreError
from tasks.engine.artifacts import FileRecord
from tasks.engine.atomic_files import flush_folder, write_atomically

Sources = dict[str, tuple[Path, FileRecord]]
"""Files to copy and what they must be, by the names that they get."""


class FileSets(Protocol):
    """The sets of files of a store."""

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

    def find_damage(self, folder: str, files: dict[str, FileRecord]) -> str | None:
        """Return the name of a file of a set that is damaged or missing; None: all are sound.

        Those that are sound can be read below the root of the store's records afterwards.
        """


class FolderSets:
    """The sets of files of a store that is a folder; see `FileSets`."""

    def __init__(self, root: Path) -> None:
        """Look at the store in the folder `root`."""
        self._root = root

    def keep(self, parent: str, stem: str, sources: Sources) -> str:
        """Number the folders; whoever calls is alone."""
        files = {name: record for name, (_, record) in sources.items()}
        place = self._root / parent
        lying = {path.name for path in place.glob(f"{stem}-*")}
        for name in sorted(lying):
            held = {path.name for path in (place / name).iterdir()}
            if held == set(files) and self.find_damage(f"{parent}/{name}", files) is None:
                return name
        number = 1 + max((int(name.rpartition("-")[2]) for name in lying), default=0)
        folder = place / f"{stem}-{number}"
        copy_files(sources, folder)
        flush_folder(place)
        return folder.name

    def find_damage(self, folder: str, files: dict[str, FileRecord]) -> str | None:
        """Compare each file with its digest."""
        place = self._root / folder
        return next((n for n, record in files.items() if not record.matches(place / n)), None)


def copy_files(sources: Sources, folder: Path) -> None:
    """Copy files to a folder, each whole.

    Raises:
        StoreError: one was replaced or damaged since it was looked up.
    """
    for name, (source, record) in sources.items():
        write_atomically(folder / name, source.read_bytes())
        if not record.matches(folder / name):
            raise StoreError(f"{source}: replaced or damaged since it was read; run again")
