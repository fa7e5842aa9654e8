"""Sets of files that are written once, each set in a folder of its own.

The files of a champion are such a set.
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
"""Files to copy with their sizes and digests, by the names of the copies."""


def keep_files(objects: Objects, parent: str, stem: str, sources: Sources) -> str:
    """Copy files to a new folder in `parent`, or find a folder that holds exactly these files.

    Args:
        objects: of the store.
        parent: path in the store.
        stem: prefix of the folder's name.
        sources: the files to copy.

    Returns:
        The folder's name.

    Raises:
        StoreError: a file was replaced or damaged since it was looked up.
    """
    files = {name: record for name, (_, record) in sources.items()}
    folders = defaultdict[str, set[str]](set)
    for path in objects.list(parent):
        folder, _, name = path[len(parent) + 1 :].partition("/")
        folders[folder].add(name)
    for folder, names in folders.items():
        is_same = folder.startswith(f"{stem}-") and names == set(files)
        if is_same and objects.find_damage(f"{parent}/{folder}", files) is None:
            # Touch it, so that no other machine prunes the folder now; see `list_folders`.
            smallest = min(files, key=lambda name: (files[name].size_bytes, name))
            objects.touch(f"{parent}/{folder}/{smallest}")
            return folder
    folder = f"{stem}-{uuid.uuid4().hex[:12]}"
    temporary = objects.root / ".work" / parent / folder
    copy_files(sources, temporary)
    objects.take_in(f"{parent}/{folder}", temporary)
    return folder


def copy_files(sources: Sources, folder: Path) -> None:
    """Copy files to a folder, each atomically.

    Raises:
        StoreError: a file was replaced or damaged since it was looked up.
    """
    for name, (source, record) in sources.items():
        write_atomically(folder / name, source.read_bytes())
        if not record.matches(folder / name):
            raise StoreError(f"{source}: replaced or damaged since it was read; run again")
