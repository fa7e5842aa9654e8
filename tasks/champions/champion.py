"""The champion's room in the store: its own copies of what it needs, and how it came to be.

    champion/
        champion.json               the pointer: the number of the event that made the champion
        announced/ADDRESS.json      a decision that a run ended with (tasks/reporting)
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

from tasks.champions.history import FOLDER as HISTORY
from tasks.champions.history import Event, read_event, read_history
from tasks.champions.succession import last_change
from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import FileRecord, Frozen
from tasks.storage.store import Store

POINTER = "champion/champion.json"
VERSIONS = "champion/versions"


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
    """Reads the champion of a store, and its history.

    Attributes:
        store: the store.
        records: its records.
    """

    def __init__(self, store: Store) -> None:
        """Look at the champion of `store`."""
        self.store, self.records = store, store.records

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process change the champion meanwhile."""
        with self.store.lock("champion"):
            yield

    def current(self) -> Champion | None:
        """Return the champion, or None where there is none yet.

        Raises:
            StoreError: the pointer, what it names or a file of the champion is damaged or missing.
        """
        event = self.reigning()
        if event is None:
            return None
        champion = Champion.made_by(event)
        damaged = self.store.file_sets.find_damage(folder_of(champion), champion.files)
        if damaged is not None:
            raise StoreError(
                f"{self.records.place(f'{folder_of(champion)}/{damaged}')}: damaged or missing, and"
                " the champion needs it; restore it from a backup, renew it from what the store"
                f" still holds (wine-points champion promote {champion.version}), go back to"
                " an earlier champion (wine-points champion rollback), or move"
                f" {self.records.place('champion')} away to begin without one"
            )
        return champion

    def reigning(self) -> Event | None:
        """Return the event that made the champion, by the history where the pointer is missing.

        Raises:
            StoreError: the pointer or an event is damaged or missing.
        """
        return self.pointed() or last_change(self.history())

    def pointed(self) -> Event | None:
        """Return the event that the pointer names, or None where there is none yet.

        Raises:
            StoreError: the pointer or the event is damaged or missing.
        """
        content = self.records.read(POINTER)
        if content is None:
            return None
        place, events = self.records.place(POINTER), self.records.place(HISTORY)
        try:
            pointer = json.loads(content)
            if type(pointer["event"]) is not int:
                raise TypeError("the event has no number")
            event = read_event(self.records, pointer["event"])
            if event and (event.version != pointer["version"] or event.folder is None):
                raise ValueError("pointer and event disagree")
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(
                f"{place}: damaged; restore it from a backup, or remove it: the next run finds the"
                f" champion in {events}"
            ) from error
        if event is None:
            raise StoreError(
                f"{place}: names an event that {events} lacks; restore both from a backup"
            )
        return event

    def history(self) -> list[Event]:
        """Return all events in their order.

        Raises:
            StoreError: one is damaged or missing.
        """
        return read_history(self.records)

    def path_of(self, champion: Champion, name: str) -> Path:
        """Path of one of the champion's own copies."""
        return self.store.root / folder_of(champion) / name

    def is_intact(self, champion: Champion) -> bool:
        """Tell whether all copies of a champion of any time are there and undamaged."""
        return self.store.file_sets.find_damage(folder_of(champion), champion.files) is None


def folder_of(champion: Champion) -> str:
    """Path of the folder of a champion's own copies, in the store."""
    return f"{VERSIONS}/{champion.folder}"
