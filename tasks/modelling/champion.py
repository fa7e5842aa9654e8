"""The champion's room in the store: its own copies of what it needs, and the pointer to it.

    champion/
        champion.json            names the champion's version and how it came to be; replaced whole
        versions/VERSION/        model.keras, known.parquet, profile.json, decision.json,
                                 figures.json, intervals.json, record.json

A version is complete before the pointer names it, so a reader finds the old champion or the new.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tasks.engine.artifacts import FileRecord, Frozen, canonical_json
from tasks.engine.store import Store, flush_folder, write_atomically
from tasks.errors import StoreError

MODEL = "model.keras"
KNOWN = "known.parquet"
"""Digests of the descriptions that trained or chose the model."""
PROFILE = "profile.json"
"""Counts of the training data, with which later deliveries are compared; the name is that of
data_contracts.profile, which takes half a second to import."""


class Champion(Frozen):
    """The record of a champion.

    Attributes:
        version: first 16 hexadecimal digits of the digest of its model.
        decision: address of the decision that promoted it.
        lineage: digests of what it was made from.
        files: its own copies, and what they must be.
    """

    version: str
    decision: str
    lineage: dict[str, Any]
    files: dict[str, FileRecord]


class ChampionRoom:
    """Reads and replaces the champion of a store."""

    def __init__(self, store: Store) -> None:
        """Look at the champion of `store`."""
        self._store, self._root = store, store.root / "champion"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other run promote meanwhile."""
        with self._store.lock("champion"):
            yield

    def current(self) -> Champion | None:
        """Return the champion, or None where there is none yet.

        Raises:
            StoreError: the pointer or a file of the champion is damaged or missing.
        """
        pointer = self._root / "champion.json"
        try:
            content = pointer.read_bytes()
        except FileNotFoundError:
            return None
        try:
            champion = Champion.model_validate(json.loads(content))
        except ValueError as error:
            raise StoreError(
                f"{pointer}: damaged; restore it from a backup, or move it away to begin without"
                " a champion"
            ) from error
        for name, record in champion.files.items():
            if not record.matches(self.path_of(champion, name)):
                raise StoreError(
                    f"{self.path_of(champion, name)}: damaged or missing, and the champion needs"
                    f" it; restore it from a backup, or move {pointer} away to begin without a"
                    " champion"
                )
        return champion

    def find_version(self, version: str | None) -> Champion | None:
        """Return the record of a champion of any time, or None where there is none."""
        if version is None:
            return None
        record = self._root / "versions" / version / "record.json"
        with contextlib.suppress(FileNotFoundError, ValueError):
            return Champion.model_validate(json.loads(record.read_bytes()))
        return None

    def path_of(self, champion: Champion, name: str) -> Path:
        """Path of one of the champion's own copies."""
        return self._root / "versions" / champion.version / name

    def install(
        self,
        version: str,
        decision: str,
        lineage: dict[str, Any],
        sources: dict[str, tuple[Path, FileRecord]],
    ) -> Champion:
        """Make the copies of a new champion, then point to it.

        Args:
            version: its version.
            decision: address of the decision to promote it.
            lineage: digests of what it was made from.
            sources: the files to copy and what they must be, by the names that they get.

        Returns:
            The record of the new champion.

        Raises:
            StoreError: a file was replaced or damaged since it was looked up.
        """
        final = self._root / "versions" / version
        beside = self._root / "versions" / f".{version}"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for name, (source, record) in sources.items():
            write_atomically(beside / name, source.read_bytes())
            if not record.matches(beside / name):
                raise StoreError(f"{source}: replaced or damaged since it was read; run again")
        files = {name: record for name, (_, record) in sources.items()}
        champion = Champion(version=version, decision=decision, lineage=lineage, files=files)
        content = canonical_json(champion.model_dump(mode="json"))
        write_atomically(beside / "record.json", content)
        if final.exists():
            shutil.rmtree(beside) if self._intact(champion) else self._replace(beside, final)
        else:
            beside.rename(final)
        flush_folder(final.parent)
        write_atomically(self._root / "champion.json", content)
        return champion

    def _intact(self, champion: Champion) -> bool:
        return all(r.matches(self.path_of(champion, n)) for n, r in champion.files.items())

    def _replace(self, beside: Path, final: Path) -> None:
        for path in beside.iterdir():
            path.replace(final / path.name)
        beside.rmdir()
