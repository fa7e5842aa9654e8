"""Copies of a bucket's files in a folder of this machine.

A copy is reused if its bytes match their digest and the object still has the e_tag that was
recorded with the copy. So an object that was damaged or replaced since is downloaded again.
"""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tasks.storage.artifacts import FileRecord, canonical_json
from tasks.storage.atomic_files import write_atomically
from tasks.storage.objects import Known

AT_ONCE = 8
"""Number of simultaneous requests."""
SEEN = ".seen"
"""Folder of the recorded e_tags."""

Download = Callable[[str, Path], bool]
"""Writes an object to a file; returns whether the object exists."""


class Copies:
    """The copies below a folder."""

    def __init__(self, root: Path, download: Download) -> None:
        """Use the folder `root`."""
        self._root, self._download = root, download

    def note(self, prefix: str, tags: Mapping[str, str]) -> None:
        """Record the e_tags of the objects below a prefix, by file name."""
        write_atomically(self._root / SEEN / f"{prefix}.json", canonical_json(dict(tags)))

    def update(
        self, prefix: str, files: dict[str, FileRecord], listed: Mapping[str, Known]
    ) -> str | None:
        """Download the files whose copies are missing, damaged or out of date.

        Args:
            prefix: folder of the files in the bucket, and of the copies below `root`.
            files: their sizes and digests.
            listed: the objects below the prefix.

        Returns:
            The name of a file that is damaged or missing in the bucket; None if there is none.
        """
        seen = self._seen(prefix)

        def check(name: str) -> bool:
            known = listed.get(f"{prefix}/{name}")
            if known is None or known.size_bytes != files[name].size_bytes:
                return False
            copy = self._root / prefix / name
            if seen.get(name) == known.tag and files[name].matches(copy):
                # Keep pruning from removing the copy; if it just did, download the file again.
                with contextlib.suppress(FileNotFoundError):
                    os.utime(copy)
                    return True
            return self._replace(copy, f"{prefix}/{name}", files[name])

        with ThreadPoolExecutor(AT_ONCE) as pool:
            sound = dict(zip(files, pool.map(check, files), strict=True))
        self.note(prefix, {n: listed[f"{prefix}/{n}"].tag for n in files if sound[n]})
        return next((name for name in files if not sound[name]), None)

    def _replace(self, copy: Path, name: str, record: FileRecord) -> bool:
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f".{copy.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
        try:
            sound = self._download(name, part) and record.matches(part)
            if sound:
                part.replace(copy)
        finally:
            part.unlink(missing_ok=True)
        return sound

    def _seen(self, prefix: str) -> dict[str, str]:
        try:
            found = json.loads((self._root / SEEN / f"{prefix}.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
