"""The champion's room in the store: its own copies of what it needs, and how it came to be.

    champion/
        champion.json               the pointer: the number of the event that made the champion
        history/NUMBER.json         every decision, promotion by hand and rollback; written once
        versions/VERSION-INSTALL/   a champion's own copies; written once

The copies are complete before the event is written, and the event before the pointer is replaced:
the only file that ever changes, and the last. A reader finds the old champion or the new, and
never a file that changes under it. What writes here is in tasks/champions/installation.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tasks.champions.history import Event, path_of_event, read_event, read_history
from tasks.engine.artifacts import FileRecord, Frozen
from tasks.engine.store import Store
from tasks.errors import StoreError


class Champion(Frozen):
    """The record of a champion.

    Attributes:
        version: first 16 hexadecimal digits of the digest of its model.
        decision: address of the rule's decision on it.
        lineage: what it was made from and by; see `trace_lineage`.
        metrics: of its evaluation, in points.
        folder: where its own copies lie, below `versions/`.
        files: its own copies, and what they must be.
    """

    version: str
    decision: str
    lineage: dict[str, Any]
    metrics: dict[str, Any]
    folder: str
    files: dict[str, FileRecord]

    @classmethod
    def made_by(cls, event: Event) -> Champion:
        """Read the record from the event that made the champion."""
        return cls.model_validate({name: getattr(event, name) for name in cls.model_fields})


class ChampionRoom:
    """Reads the champion of a store, and its history."""

    def __init__(self, store: Store) -> None:
        """Look at the champion of `store`."""
        self._store, self._root = store, store.root / "champion"
        self.pointer, self.history_folder = self._root / "champion.json", self._root / "history"
        self.versions = self._root / "versions"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process change the champion meanwhile."""
        with self._store.lock("champion"):
            yield

    def current(self) -> Champion | None:
        """Return the champion, or None where there is none yet.

        Raises:
            StoreError: the pointer, what it names or a file of the champion is damaged or missing.
        """
        event = self.pointed()
        if event is None:
            return None
        champion = Champion.made_by(event)
        for name, record in champion.files.items():
            if not record.matches(self.path_of(champion, name)):
                raise StoreError(
                    f"{self.path_of(champion, name)}: damaged or missing, and the champion needs"
                    " it; restore it from a backup, go back to an earlier champion (python -m"
                    f" flows.champion rollback), or move {self._root} away to begin without one"
                )
        return champion

    def pointed(self) -> Event | None:
        """Return the event that made the champion, or None where there is none yet.

        Raises:
            StoreError: the pointer or the event is damaged or missing.
        """
        try:
            content = self.pointer.read_bytes()
        except FileNotFoundError:
            return None
        try:
            pointer = json.loads(content)
            event = read_event(path_of_event(self.history_folder, int(pointer["event"])))
            if event.version != pointer["version"] or event.folder is None:
                raise ValueError("pointer and event disagree")
        except FileNotFoundError as error:
            raise StoreError(
                f"{self.pointer}: names an event that {self.history_folder} lacks; restore both"
                " from a backup"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{self.pointer}: damaged; restore it from a backup, or remove it: the next run"
                f" finds the champion in {self.history_folder}"
            ) from error
        return event

    def history(self) -> list[Event]:
        """Return all events in their order.

        Raises:
            StoreError: one is damaged.
        """
        return read_history(self.history_folder)

    def path_of(self, champion: Champion, name: str) -> Path:
        """Path of one of the champion's own copies."""
        return self.versions / champion.folder / name

    def is_intact(self, champion: Champion) -> bool:
        """Tell whether all copies of a champion of any time are there and undamaged."""
        return all(r.matches(self.path_of(champion, n)) for n, r in champion.files.items())
