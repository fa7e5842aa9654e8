"""The champion registry: a folder of the store with the champion's files and its history.

    champion/
        champion.json               the pointer: the number of the event that made the champion
        announced/ADDRESS.json      the record of a run that ended with a decision (tasks/reporting)
        history/NUMBER.json         each decision, promotion by hand and rollback; written once
        versions/VERSION-INSTALL/   copies of the files of a champion; written once

A new champion is installed in three steps: copy the files, write the event, replace the pointer.
Only the pointer is ever replaced, so that readers find the old champion or the new one, complete.
tasks/champions/installation.py writes to the registry.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
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
        version: first 16 hexadecimal digits of the model's digest.
        decision: address of the decision that promoted the model.
        lineage: data, code, parameters and libraries of the model; see `trace_lineage`.
        metrics: of its evaluation.
        folder: name of the folder of its files, below `versions/`.
        files: sizes and digests of its files.
    """

    version: str
    decision: str
    lineage: dict[str, Any]
    metrics: dict[str, Any]
    folder: str
    files: dict[str, FileRecord]

    @classmethod
    def from_event(cls, event: Event) -> Champion:
        """Take the record from the event that made the champion."""
        return cls.model_validate({name: getattr(event, name) for name in cls.model_fields})

    @classmethod
    def after(cls, events: Sequence[Event]) -> Champion | None:
        """Return the champion that these events lead to, or None if they make none."""
        event = last_change(events)
        return cls.from_event(event) if event else None


class ChampionRegistry:
    """Reads the champion of a store and its history.

    Attributes:
        store: the store.
        records: of the store.
    """

    def __init__(self, store: Store) -> None:
        """Open the registry of `store`."""
        self.store, self.records = store, store.records

    def lock(self) -> AbstractContextManager[bool]:
        """Keep other processes of this machine from changing the champion."""
        return self.store.lock("champion")

    def current(self) -> Champion | None:
        """Return the champion, or None if there is none yet.

        Raises:
            StoreError: the pointer, its event or a file of the champion is damaged or missing.
        """
        event = self.reigning()
        if event is None:
            return None
        champion = Champion.from_event(event)
        if damaged := self._find_damage(champion):
            raise StoreError(
                f"{self.records.place(f'{folder_of(champion)}/{damaged}')}: damaged or missing, and"
                " the champion needs it; restore it from a backup, renew it from what the store"
                f" still holds (wine-points champion promote {champion.version}), go back to"
                " an earlier champion (wine-points champion rollback), or move"
                f" {self.records.place('champion')} away to begin without one"
            )
        return champion

    def reigning(self) -> Event | None:
        """Return the event that made the champion; without a pointer the history tells it.

        Raises:
            StoreError: the pointer or an event is damaged or missing.
        """
        return self.read_pointer() or last_change(self.history())

    def read_pointer(self) -> Event | None:
        """Return the event that the pointer names, or None without a pointer.

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
        """Return all events, sorted by number.

        Raises:
            StoreError: an event is damaged or missing.
        """
        return read_history(self.records)

    def path_of(self, champion: Champion, name: str) -> Path:
        """Return the path of a file of a champion."""
        return self.store.root / self.records.path(folder_of(champion)) / name

    def is_intact(self, champion: Champion) -> bool:
        """Return whether all files of a present or earlier champion are undamaged."""
        return self._find_damage(champion) is None

    def _find_damage(self, champion: Champion) -> str | None:
        return self.store.objects.find_damage(
            self.records.path(folder_of(champion)), champion.files
        )


def folder_of(champion: Champion) -> str:
    """Return the path of the folder of a champion's files, relative to the store."""
    return f"{VERSIONS}/{champion.folder}"
