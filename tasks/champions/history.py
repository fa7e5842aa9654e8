"""The champion's history: one file per event, written once and numbered.

Order is that of the numbers: a clock may go backwards, and times are for people alone. An event
that names a folder makes the model in it the champion; it is written before the pointer moves.
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
"""Where the events lie in the store."""
NAME = re.compile(rf"{FOLDER}/(\d{{8}})\.json")

Kind = Literal["decision", "promotion by hand", "rollback"]


class DecidedMeanwhileError(StoreError):
    """Another process, on another machine, wrote the next event first."""


class Event(Frozen):
    """A decision by the rule, or what a person did to the champion.

    Attributes:
        number: its place in the history, from 1.
        kind: how it came about.
        time: when, in UTC; for people alone.
        verdict: `Promoted`, `KeptChampion` or `NotPromoted` by the rule, `Promoted` or
            `RolledBack` by hand.
        reason: of the rule, or as the person gave it.
        version: the model that it is about.
        decision: address of the rule's decision on that model.
        lineage: what the model was made from and by; see `trace_lineage`.
        metrics: of its evaluation, in points.
        checks: those that were made, with their figures.
        champion_before: version of the champion until then.
        champion_after: version of the champion from then on.
        folder: where the new champion's own copies lie, below `versions/`; null where it stays.
        files: those copies, and what they must be.
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
    """Read all events in their order.

    Raises:
        StoreError: one is damaged or missing.
    """
    numbers = {int(found[1]) for found in map(NAME.fullmatch, records.names(FOLDER)) if found}
    last = max(numbers, default=0)
    unlisted = next(number for number in itertools.count(1) if number not in numbers)
    if unlisted < last:
        # Asked for by itself, as a number may be far off; a list that is read while events are
        # written may lack one that is there.
        name = name_of_event(unlisted)
        _parse(records.place(name), records.read(name), unlisted)
    names = {name_of_event(number): number for number in range(1, last + 1)}
    written = records.read_all(names)
    return [_parse(records.place(n), written.get(n), number) for n, number in names.items()]


def read_event(records: Records, number: int) -> Event | None:
    """Read an event that `append_event` wrote; None where there is none.

    Raises:
        StoreError: a byte of it was changed, or it is another event.
    """
    name = name_of_event(number)
    written = records.read(name)
    return None if written is None else _parse(records.place(name), written, number)


def _parse(place: str, written: bytes | None, number: int) -> Event:
    if written is None:
        # A later change may have taken a champion back for good.
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
        DecidedMeanwhileError: another process wrote one of this number.
    """
    content = event.model_dump(mode="json")
    sealed = canonical_json(content | {"seal": digest_json(content)})
    try:
        records.create(name_of_event(event.number), sealed)
    except FileExistsError as error:
        place = records.place(FOLDER)
        raise DecidedMeanwhileError(
            f"{place}: another process decided meanwhile; run again"
        ) from error


def name_of_event(number: int) -> str:
    """Path of an event in the store; names sort as their numbers."""
    return f"{FOLDER}/{number:08d}.json"
