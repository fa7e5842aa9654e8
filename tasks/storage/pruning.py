"""Pruning: remove old outputs, records and temporary files from the store.

Pruning removes, if they were not made or used in the last `keep_hours`,

- outputs that none of the newest `keep_runs` runs used,
- records of older runs, except those that the page of metrics shows,
- abandoned workspaces and downloads, and files that no manifest names.

tasks/champions/installation.py chooses the champions to remove.

An output's manifest is removed before its files, so that no run finds an output without files.
Between machines there are no locks: an entry is checked again just before it is removed.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from tasks.storage.artifacts import Artifact
from tasks.storage.folder import FolderObjects
from tasks.storage.locks import LOCKS
from tasks.storage.objects import Known
from tasks.storage.records import SCOPED, SCOPES
from tasks.storage.run_names import RUNS, choose_decided, outputs_of
from tasks.storage.store import MANIFEST, Store

NOT_STAGES = frozenset({*SCOPED, SCOPES, "sources"})
SHORT_LIVED = {".work": 3, ".damaged": 2, ".trash": 2, ".seen": None}
"""Hidden folders, and the number of parts of a path that name an entry; None: each file is one."""

TEMPORARY_NAME = re.compile(r"\..+\.\d+\.\d+")
"""Names of the temporary files of `write_atomically`."""

Listing = dict[str, Known]


class Entry(NamedTuple):
    """Objects that are removed together, such as those of an output.

    Attributes:
        name: common prefix of the objects, a path in the store.
        objects: paths in the store, in the order of removal.
        size_bytes: of all objects.
        last_modified: of the newest object, in seconds since the epoch.
    """

    name: str
    objects: tuple[str, ...]
    size_bytes: int
    last_modified: float

    @classmethod
    def of(cls, name: str, objects: Iterable[str], listed: Listing) -> Entry:
        """Make an entry of some objects of a listing."""
        names = tuple(objects)
        size = sum(listed[n].size_bytes for n in names)
        return cls(name, names, size, max(listed[n].last_modified for n in names))


def choose_to_prune(store: Store, keep_runs: int, keep_hours: float) -> list[Entry]:
    """List the entries that pruning removes, without champions.

    Args:
        store: the store.
        keep_runs: number of newest runs whose outputs are kept.
        keep_hours: entries that were made or used in the last `keep_hours` are kept.

    Raises:
        StoreError: the record of a run is damaged.
    """
    listed, used, old = store.objects.list(), set[str](), set[str]()
    for records in (scoped.records for scoped in store.scopes()):
        names = records.names(RUNS)
        newest = names[max(0, len(names) - keep_runs) :]
        for name, content in records.read_all(newest).items():
            used |= outputs_of(records.place(name), content)
        old |= set(map(records.path, set(names) - {*newest, *choose_decided(names)}))
    candidates = [
        *(Entry.of(name, [name], listed) for name in listed if name in old or _is_abandoned(name)),
        *_list_short_lived(listed),
        *_list_outputs(store, listed, used),
    ]
    oldest = time.time() - keep_hours * 3600
    return sorted(entry for entry in candidates if entry.last_modified < oldest)


def _is_abandoned(name: str) -> bool:
    """Return whether an object is a temporary file of a record or an unfinished download."""
    *folders, last = name.split("/")
    if not folders or folders[0] not in NOT_STAGES:
        return False
    is_download = folders[0] == "sources" and last.startswith("download.part")
    return is_download or TEMPORARY_NAME.fullmatch(last) is not None


def _list_short_lived(listed: Listing) -> Iterator[Entry]:
    found = defaultdict[str, list[str]](list)
    for name in listed:
        parts = name.split("/")
        if parts[0] in SHORT_LIVED:
            found["/".join(parts[: SHORT_LIVED[parts[0]]])].append(name)
    return (Entry.of(name, objects, listed) for name, objects in found.items())


def _list_outputs(store: Store, listed: Listing, used: Collection[str]) -> Iterator[Entry]:
    """List unused outputs, and files that no manifest names."""
    outputs = defaultdict[str, list[str]](list)
    for name in listed:
        stage, *rest = name.split("/")
        if len(rest) >= 2 and stage not in NOT_STAGES and not stage.startswith("."):
            outputs[f"{stage}/{rest[0]}"].append(name)
    contents = store.objects.read_all(
        f"{path}/{MANIFEST}" for path, names in outputs.items() if f"{path}/{MANIFEST}" in names
    )
    for path, names in outputs.items():
        whole = [n for n in _named_in(path, contents) if n in listed]
        if whole and path not in used:
            yield Entry.of(path, whole, listed)
        parts = defaultdict[str, list[str]](list)
        for name in names:
            part = "/".join(name.split("/")[:3])
            # Skip files that a person added to the folder of an output's files.
            if name not in whole and not any(n.startswith(f"{part}/") for n in whole):
                parts[part].append(name)
        replaced = _last_replaced(path, listed) if parts else 0.0
        for part, leftovers in parts.items():
            entry = Entry.of(part, leftovers, listed)
            # A run that found these files before the manifest was replaced may be reading them.
            yield entry._replace(last_modified=max(entry.last_modified, replaced))


def _last_replaced(path: str, listed: Listing) -> float:
    """Return when a manifest of an output was last replaced, or 0.0 if never."""
    old = f".damaged/{path.replace('/', '-')}-"
    times = [known.last_modified for name, known in listed.items() if name.startswith(old)]
    return max(times, default=0.0)


def _named_in(path: str, contents: dict[str, bytes]) -> list[str]:
    """List the manifest of an output, if it exists, and the files that it names."""
    manifest = f"{path}/{MANIFEST}"
    if manifest not in contents:
        return []
    try:
        artifact = Artifact.from_manifest(contents[manifest])
    except ValueError:
        return [manifest]
    return [manifest, *(f"{artifact.folder}/{name}" for name in artifact.files)]


def list_folders(store: Store, parent: str) -> dict[str, Entry]:
    """List the folders in a folder, by name; the smallest object of each is removed first.

    `keep_files` touches this object when it uses the folder again.
    """
    listed, found = store.objects.list(parent), defaultdict[str, list[str]](list)
    for name in sorted(listed, key=lambda name: (listed[name].size_bytes, name)):
        found[name[len(parent) + 1 :].split("/")[0]].append(name)
    return {folder: Entry.of(f"{parent}/{folder}", n, listed) for folder, n in found.items()}


def _lock_of(name: str) -> str:
    """Return the name of the lock of the processes that write an entry."""
    folder, key = [*name.removeprefix(".work/").split("/"), ""][:2]
    return f"source-{key}" if folder == "sources" else f"{folder}-{key}"


def _is_named_now(store: Store, name: str) -> bool:
    """Return whether a manifest names this attempt by now."""
    path, _, attempt = name.rpartition("/")
    if path.count("/") != 1 or path.startswith(".") or path.split("/")[0] in NOT_STAGES:
        return False
    artifact = store.read_manifest(f"{path}/{MANIFEST}")
    return artifact is not None and artifact.attempt == attempt


def prune(store: Store, chosen: list[Entry], keep_hours: float) -> list[Entry]:
    """Remove entries, and then this machine's old copies if the store is a bucket.

    Entries that another process of this machine has locked, or that were used since they were
    chosen, are kept.

    Returns:
        The removed entries.
    """
    oldest, removed = time.time() - keep_hours * 3600, []
    here = FolderObjects(store.root)
    for entry in chosen:
        name = _lock_of(entry.name)
        with store.lock(name, wait=False) as held:
            first = store.objects.known(entry.objects[0]) if held else None
            if first and first.last_modified < oldest and not _is_named_now(store, entry.name):
                for names in (entry.objects[:1], entry.objects[1:]):
                    store.objects.delete(names)
                if store.objects.is_remote:
                    here.delete(here.list(entry.name))
                removed.append(entry)
            if held:
                (store.root / LOCKS / name).unlink(missing_ok=True)
    if store.objects.is_remote:
        copies = Store(here)
        prune(copies, choose_to_prune(copies, keep_runs=0, keep_hours=keep_hours), keep_hours)
    return removed
