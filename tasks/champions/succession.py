"""What follows from the history: who is champion, who was withdrawn, whose data came first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tasks.champions.history import Event


class Succession(NamedTuple):
    """What the events so far come to.

    Attributes:
        line: the promotions that led to the present champion, itself last; a rollback takes off
            what came after the version that it goes back to.
        withdrawn: by version, the event by which a person replaced it; a person alone brings it
            back.
    """

    line: list[Event]
    withdrawn: dict[str, Event]


def last_change(events: Sequence[Event]) -> Event | None:
    """Return the event that made the present champion, None where there is none."""
    return next((event for event in reversed(events) if event.folder is not None), None)


def follow_succession(events: Sequence[Event]) -> Succession:
    """Go through the events from the first to the last."""
    line: list[Event] = []
    withdrawn: dict[str, Event] = {}
    for event in events:
        if event.folder is None:
            continue
        if event.kind == "rollback":
            while line and line[-1].version != event.version:
                withdrawn[line.pop().version] = event
            line[-1:] = [event]
        else:
            if event.kind == "promotion by hand" and line:
                withdrawn[line[-1].version] = event
            line.append(event)
        withdrawn.pop(event.version, None)
    return Succession(line, withdrawn)


def first_seen(events: Sequence[Event], data: str) -> float:
    """Return the number of the first event about a model of this data; infinity before any."""
    return min((e.number for e in events if e.lineage.get("data") == data), default=math.inf)
