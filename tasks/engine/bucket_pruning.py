"""Pruning of a store in a bucket, by the rule of tasks/engine/pruning.py.

No lock holds among machines. An output loses its manifest first, so that no reader finds it without
files; what was used since it was chosen stays, as far as a last look can tell.
"""

from __future__ import annotations

import shutil
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from tasks.engine.bucket_store import BucketStore
from tasks.engine.objects import Known
from tasks.engine.pruning import NOT_STAGES, Usage, choose_to_prune, prune, read_used
from tasks.engine.publication import Publication
from tasks.engine.run_names import RUNS, choose_decided
from tasks.engine.store import ABOUT, MANIFEST, Store

Listing = dict[str, Known]


class Entry(NamedTuple):
    """What goes as a whole.

    Attributes:
        name: what its objects have in common, a path in the store.
        objects: by their paths in the store, in the order in which they go.
        size_bytes: of all of them.
        last_modified: of the newest one, in seconds since the epoch.
    """

    name: str
    objects: tuple[str, ...]
    size_bytes: int
    last_modified: float

    @classmethod
    def of(cls, name: str, objects: Iterable[str], listed: Listing) -> Entry:
        """Sum up some objects of a listing."""
        names = tuple(objects)
        size = sum(listed[n].size_bytes for n in names)
        return cls(name, names, size, max(listed[n].last_modified for n in names))


def measure_bucket(store: BucketStore) -> list[Usage]:
    """Measure every stage and folder of the store, in the order of their names."""
    entries, sizes = defaultdict(set), defaultdict[str, int](int)
    for name, known in store.objects.list().items():
        if name != ABOUT:
            folder, entry = name.split("/")[:2]
            entries[folder].add(entry)
            sizes[folder] += known.size_bytes
    return [Usage(folder, len(entries[folder]), sizes[folder]) for folder in sorted(entries)]


def choose_in_bucket(store: BucketStore, keep_runs: int, keep_hours: float) -> list[Entry]:
    """List what the rule lets go; see `choose_to_prune`.

    Raises:
        StoreError: the record of a run is damaged.
    """
    listed = store.objects.list()
    names = store.records.names(RUNS)
    newest = names[max(0, len(names) - keep_runs) :]
    used = read_used(store.records, newest)
    old = set(names) - {*newest, *choose_decided(names)}
    gone = [name for name in listed if name.startswith((".damaged/", ".work/")) or name in old]
    candidates = [
        *(Entry.of(name, [name], listed) for name in gone),
        *_list_outputs(store, listed, used),
    ]
    oldest = time.time() - keep_hours * 3600
    return sorted(entry for entry in candidates if entry.last_modified < oldest)


def _list_outputs(store: BucketStore, listed: Listing, used: Collection[str]) -> list[Entry]:
    """List outputs that are not used, and uploads that no manifest names."""
    uploads: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in listed:
        stage, *rest = name.split("/")
        if len(rest) >= 2 and stage not in NOT_STAGES and not stage.startswith("."):
            uploads[f"{stage}/{rest[0]}"][rest[1]].append(name)
    manifests = [f"{path}/{MANIFEST}" for path, parts in uploads.items() if MANIFEST in parts]
    entries = []
    contents = store.objects.read_all(manifests)
    for path, parts in uploads.items():
        manifest = parts.pop(MANIFEST, [])
        named = _attempt_of(contents.get(f"{path}/{MANIFEST}"))
        whole = [*manifest, *parts.pop(named, [])]
        if whole and path not in used:
            entries.append(Entry.of(path, whole, listed))
        entries += [Entry.of(f"{path}/{part}", names, listed) for part, names in parts.items()]
    return entries


def _attempt_of(manifest: bytes | None) -> str:
    try:
        return Publication.from_bytes(manifest or b"").attempt
    except ValueError:
        return ""


def list_folders(store: BucketStore, parent: str) -> dict[str, Entry]:
    """List the folders in a folder, by their names; the smallest object of each goes first.

    It is the one that is touched when a champion comes back; see `BucketSets.keep`.
    """
    listed, found = store.objects.list(parent), defaultdict(list)
    for name in sorted(listed, key=lambda name: (listed[name].size_bytes, name)):
        found[name[len(parent) + 1 :].split("/")[0]].append(name)
    return {folder: Entry.of(f"{parent}/{folder}", n, listed) for folder, n in found.items()}


def prune_bucket(store: BucketStore, chosen: list[Entry], keep_hours: float) -> list[Entry]:
    """Remove what was chosen, unless it was used since; then old copies on this machine.

    Returns:
        What was removed from the bucket.
    """
    oldest, removed = time.time() - keep_hours * 3600, []
    for entry in chosen:
        first = store.objects.known(entry.objects[0])
        if first is not None and first.last_modified < oldest:
            for names in (entry.objects[:1], entry.objects[1:]):
                store.objects.delete(names)
            shutil.rmtree(store.root / entry.name, ignore_errors=True)
            removed.append(entry)
    copies = Store(store.root)
    prune(copies, choose_to_prune(copies, keep_runs=0, keep_hours=keep_hours), keep_hours)
    return removed
