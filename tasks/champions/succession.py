"""What follows from the history: who is champion, who was withdrawn, whose data came first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from tasks.champions.history import Event


class Succession(NamedTuple):
    """What the events so far come to.

    Attributes:
        line: the promotions that led to the present champion, itself last; a rollback takes off
            what came after the version that it goes back to.
        withdrawn: by version, the event by which a person replaced it; a person alone brings it
            back.
        spent_points: how much larger the MAE may have become by the promotions on newer data since
            the last one of a candidate that was surely better.
    """

    line: list[Event]
    withdrawn: dict[str, Event]
    spent_points: float


def last_change(events: Sequence[Event]) -> Event | None:
    """Return the event that made the present champion, None where there is none."""
    return next((event for event in reversed(events) if event.folder is not None), None)


def follow_succession(events: Sequence[Event]) -> Succession:
    """Go through the events from the first to the last."""
    line: list[Event] = []
    withdrawn: dict[str, Event] = {}
    # By version, over all that happened: who comes back has spent what was spent then.
    spent: dict[str, float] = {}
    spent_points = 0.0
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
        if event.kind == "decision":
            spent[event.version] = _spend(event, spent_points)
        spent_points = spent.setdefault(event.version, spent_points)
    return Succession(line, withdrawn, spent_points)


def _spend(event: Event, spent_points: float) -> float:
    """Return what is spent of the margin after a promotion by the rule."""
    limits = [
        check["figures"]["gain_lower_limit_points"]
        for check in event.checks
        if "newer_data" in check.get("figures", {}) and check["passed"]
    ]
    return spent_points - limits[0] if limits and limits[0] <= 0 else 0.0


def is_newer(events: Sequence[Event], candidate: dict[str, Any], champion: dict[str, Any]) -> bool:
    """Tell whether a candidate's data came into the history after the champion's.

    Both have to be newer: the whole delivery, as another split or sample of the same reviews is no
    newer data; and the training and validation reviews, as test reviews shape no model. Where a
    digest of the champion is not known, nothing is newer.

    Args:
        events: the history.
        candidate: its lineage; see `trace_lineage`.
        champion: its lineage.
    """
    names = ("data", "delivery")
    return all(champion.get(name) for name in names) and all(
        _first_seen(events, name, candidate[name]) > _first_seen(events, name, champion[name])
        for name in names
    )


def _first_seen(events: Sequence[Event], name: str, digest: str) -> float:
    """Return the number of the first event about a model of this data; infinity before any."""
    return min((e.number for e in events if e.lineage.get(name) == digest), default=math.inf)
