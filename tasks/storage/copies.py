"""Copies, in a folder of this machine, of the files that lie in a bucket.

A copy counts when its bytes match their digest and the object is the one that was compared with
them: by its e_tag, which is noted beside the copies, so that an object that was damaged or replaced
is looked at again.
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
"""Requests that are under way together."""
SEEN = ".seen"
"""Folder of the notes on which objects were compared."""

Download = Callable[[str, Path], bool]
"""Writes an object to a file; returns whether there is one."""


class Copies:
    """The copies below a folder."""

    def __init__(self, root: Path, download: Download) -> None:
        """Look at the folder `root`."""
        self._root, self._download = root, download

    def note(self, prefix: str, tags: Mapping[str, str]) -> None:
        """Note which objects below a prefix the copies came from, by file name."""
        write_atomically(self._root / SEEN / f"{prefix}.json", canonical_json(dict(tags)))

    def bring(
        self, prefix: str, files: dict[str, FileRecord], listed: Mapping[str, Known]
    ) -> str | None:
        """Download what the copies lack or have otherwise.

        Args:
            prefix: where the files lie in the bucket, and the copies below the folder.
            files: what they must be.
            listed: the objects below the prefix.

        Returns:
            The name of a file that is damaged or missing in the bucket; None: all are sound.
        """
        seen = self._seen(prefix)

        def check(name: str) -> bool:
            known = listed.get(f"{prefix}/{name}")
            if known is None or known.size_bytes != files[name].size_bytes:
                return False
            copy = self._root / prefix / name
            if seen.get(name) == known.tag and files[name].matches(copy):
                # Pruning takes copies that were not used for long, perhaps this one just now.
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
