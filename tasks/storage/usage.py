"""The sizes of a store's stages and folders."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from tasks.storage.store import ABOUT, Store


class Usage(NamedTuple):
    """The size of a stage or of another folder of the store.

    Attributes:
        name: of the stage or folder.
        outputs: number of outputs or entries.
        size_bytes: of all files.
    """

    name: str
    outputs: int
    size_bytes: int


def measure_store(store: Store) -> list[Usage]:
    """Measure each stage and folder of the store, sorted by name."""
    entries, sizes = defaultdict[str, set[str]](set), defaultdict[str, int](int)
    for name, known in store.objects.list().items():
        folder, _, rest = name.partition("/")
        if name != ABOUT:
            entries[folder].add(rest.partition("/")[0])
            sizes[folder] += known.size_bytes
    return [Usage(folder, len(entries[folder]), sizes[folder]) for folder in sorted(entries)]
