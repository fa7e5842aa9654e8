"""Sets of files in a bucket, and their copies in the working folder of this machine.

A set is uploaded to a folder of its own, and never changed. A copy counts when its bytes match
their digest and the object is the one that was compared with them: by its e_tag, which is noted
beside the copies, so that an object that was damaged or replaced is looked at again.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tasks.engine.artifacts import FileRecord, canonical_json
from tasks.engine.atomic_files import write_atomically
from tasks.engine.file_sets import Sources, copy_files
from tasks.engine.objects import AT_ONCE, Objects

SEEN = ".seen"
"""Folder, in the working folder, of the notes on which objects were compared."""


class BucketSets:
    """The sets of files of a store that is a bucket; see `FileSets`."""

    def __init__(self, objects: Objects, root: Path) -> None:
        """Look at a bucket, of which `root` is this machine's working folder."""
        self._objects, self._root = objects, root

    def keep(self, parent: str, stem: str, sources: Sources) -> str:
        """Upload to a folder whose name no other process has."""
        files = {name: record for name, (_, record) in sources.items()}
        lying: dict[str, set[str]] = {}
        for path in self._objects.list(parent):
            folder, _, name = path[len(parent) + 1 :].partition("/")
            lying.setdefault(folder, set()).add(name)
        for folder, held in lying.items():
            ours = folder.startswith(f"{stem}-") and held == set(files)
            if ours and self.find_damage(f"{parent}/{folder}", files) is None:
                # Another machine may be pruning: what is used again is no longer old.
                smallest = min(files, key=lambda name: (files[name].size_bytes, name))
                self._objects.touch(f"{parent}/{folder}/{smallest}")
                return folder
        folder = f"{stem}-{uuid.uuid4().hex[:12]}"
        copy_files(sources, self._root / parent / folder)
        self.upload(f"{parent}/{folder}", self._root / parent / folder, files)
        return folder

    def find_damage(self, folder: str, files: dict[str, FileRecord]) -> str | None:
        """Bring the files to the same place in the working folder."""
        return self.bring(folder, self._root / folder, files)

    def upload(self, prefix: str, folder: Path, names: Iterable[str]) -> None:
        """Upload files of a folder; what is there once this returns is whole."""

        def put(name: str) -> tuple[str, str]:
            return name, self._objects.write(f"{prefix}/{name}", folder / name)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            self._note(prefix, dict(pool.map(put, names)))

    def bring(self, prefix: str, folder: Path, files: dict[str, FileRecord]) -> str | None:
        """Download what the copies in a folder lack or have otherwise.

        Args:
            prefix: where the set lies in the bucket.
            folder: where its copies are to lie.
            files: the set.

        Returns:
            The name of a file that is damaged or missing in the bucket; None: all are sound.
        """
        if not files:
            return None
        listed, seen = self._objects.list(prefix), self._seen(prefix)

        def check(name: str) -> bool:
            known = listed.get(f"{prefix}/{name}")
            if known is None or known.size_bytes != files[name].size_bytes:
                return False
            if seen.get(name) == known.e_tag and files[name].matches(folder / name):
                return True
            return self._download(prefix, folder, name, files[name])

        with ThreadPoolExecutor(AT_ONCE) as pool:
            sound = dict(zip(files, pool.map(check, files), strict=True))
        self._note(prefix, {n: listed[f"{prefix}/{n}"].e_tag for n in files if sound[n]}, seen)
        return next((name for name in files if not sound[name]), None)

    def _download(self, prefix: str, folder: Path, name: str, record: FileRecord) -> bool:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
        try:
            sound = self._objects.download(f"{prefix}/{name}", part) and record.matches(part)
            if sound:
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return sound

    def _seen(self, prefix: str) -> dict[str, str]:
        try:
            found = json.loads((self._root / SEEN / f"{prefix}.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _note(self, prefix: str, e_tags: dict[str, str], before: object = None) -> None:
        if e_tags != before:
            write_atomically(self._root / SEEN / f"{prefix}.json", canonical_json(e_tags))
