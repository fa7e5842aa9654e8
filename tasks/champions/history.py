"""The champion's history: one file per event, written once and numbered.

The numbers give the order, because a clock may go backwards; times are only for people. An event
with a `folder` makes the model in that folder the champion. It is written before the pointer moves.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any, Literal

from pydantic import Field

from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import FileRecord, Frozen, canonical_json, digest_json
from tasks.storage.records import Records

FOLDER = "champion/history"
"""Folder of the events in the store."""
NAME = re.compile(rf"{FOLDER}/(\d{{8}})\.json")

Kind = Literal["decision", "promotion by hand", "rollback"]


class DecidedMeanwhileError(StoreError):
    """A process on another machine wrote the next event first."""


class Event(Frozen):
    """A decision by the rule, a promotion by hand, or a rollback.

    Attributes:
        number: position in the history, from 1.
        kind: decision, promotion by hand or rollback.
        time: in UTC, only for people.
        verdict: `Promoted`, `KeptChampion` or `NotPromoted` of a decision; `Promoted` or
            `RolledBack` of a change by hand.
        reason: from the checks, or as the person gave it.
        version: the model that the event is about.
        decision: address of the decision on that model.
        lineage: data, code, parameters and libraries of the model; see `trace_lineage`.
        metrics: of its evaluation.
        checks: all checks that were run, with their figures.
        champion_before: version of the champion before the event.
        champion_after: version of the champion after the event.
        folder: name of the folder of a new champion's files, below `versions/`; else null.
        files: sizes and digests of these files.
    """

    number: int
    kind: Kind
    time: str
    verdict: str
    reason: str
    version: str
    decision: str
    lineage: dict[str, Any]
    metrics: dict[str, Any] = Field(default_factory=dict)
    checks: list[dict[str, Any]] = Field(default_factory=list)
    champion_before: str | None
    champion_after: str | None
    folder: str | None = None
    files: dict[str, FileRecord] = Field(default_factory=dict)


def read_history(records: Records) -> list[Event]:
    """Read all events, sorted by number.

    Raises:
        StoreError: an event is damaged or missing.
    """
    numbers = {int(found[1]) for found in map(NAME.fullmatch, records.names(FOLDER)) if found}
    last = max(numbers, default=0)
    unlisted = next(number for number in itertools.count(1) if number not in numbers)
    if unlisted < last:
        # Read by itself: a listing made while events are written may lack an existing event. A
        # single read also fails at once where one stray file has a huge number.
        name = event_path(unlisted)
        _parse(records.place(name), records.read(name), unlisted)
    names = {event_path(number): number for number in range(1, last + 1)}
    written = records.read_all(names)
    return [_parse(records.place(n), written.get(n), number) for n, number in names.items()]


def read_event(records: Records, number: int) -> Event | None:
    """Read an event that `append_event` wrote, or return None if there is none.

    Raises:
        StoreError: its bytes were changed, or it is another event.
    """
    name = event_path(number)
    written = records.read(name)
    return None if written is None else _parse(records.place(name), written, number)


def _parse(place: str, written: bytes | None, number: int) -> Event:
    if written is None:
        # Not skipped: the missing event may be the rollback of a champion.
        raise StoreError(f"{place}: missing, and later events are there; restore it from a backup")
    try:
        content = json.loads(written)
        seal = content.pop("seal")
        if digest_json(content) != seal:
            raise ValueError("it does not match its seal")
        event = Event.model_validate(content)
        if event.number != number:
            raise ValueError("it is another event's content")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"{place}: damaged; restore it from a backup") from error
    return event


def append_event(records: Records, event: Event) -> None:
    """Write the next event.

    Raises:
        DecidedMeanwhileError: another process wrote an event with this number.
    """
    content = event.model_dump(mode="json")
    sealed = canonical_json(content | {"seal": digest_json(content)})
    try:
        records.create(event_path(event.number), sealed)
    except FileExistsError as error:
        place = records.place(FOLDER)
        raise DecidedMeanwhileError(
            f"{place}: another process decided meanwhile; run again"
        ) from error


def event_path(number: int) -> str:
    """Return the path of an event in the store; paths sort as the numbers do."""
    return f"{FOLDER}/{number:08d}.json"
