"""Succession: present and withdrawn champions, spent margin and age of data, from the history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from tasks.champions.history import Event

GAIN_LOWER_LIMIT = ("gain_lower_limit", "gain_lower_limit_points")
"""Name of the figure in an event, and its name in events of earlier versions."""


class Succession(NamedTuple):
    """The state that the events lead to.

    Attributes:
        line: the promotions that led to the present champion, which is the last; a rollback removes
            the promotions after its target.
        withdrawn: the event by which a person replaced a champion, by version. Only a person can
            promote such a model again.
        spent_margin: the part of the margin that is used up: how much larger the MAE may have
            become by promotions on newer data, since the last candidate that beat the champion.
    """

    line: list[Event]
    withdrawn: dict[str, Event]
    spent_margin: float


def last_change(events: Sequence[Event]) -> Event | None:
    """Return the event that made the present champion, or None if there is none."""
    return next((event for event in reversed(events) if event.folder is not None), None)


def follow_succession(events: Sequence[Event]) -> Succession:
    """Derive the state from the events, from the first to the last."""
    line: list[Event] = []
    withdrawn: dict[str, Event] = {}
    # Spent margin by version: a champion that comes back brings its spent margin back.
    spent: dict[str, float] = {}
    spent_margin = 0.0
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
            spent[event.version] = _margin_spent_after(event, spent_margin)
        spent_margin = spent.setdefault(event.version, spent_margin)
    return Succession(line, withdrawn, spent_margin)


def _margin_spent_after(event: Event, spent_margin: float) -> float:
    """Return the spent part of the margin after a promotion by the rule."""
    limits = [
        next(check["figures"][name] for name in GAIN_LOWER_LIMIT if name in check["figures"])
        for check in event.checks
        if "newer_data" in check.get("figures", {}) and check["passed"]
    ]
    return spent_margin - limits[0] if limits and limits[0] <= 0 else 0.0


def is_newer(events: Sequence[Event], candidate: dict[str, Any], champion: dict[str, Any]) -> bool:
    """Return whether a candidate's data came into the history after the champion's.

    Two digests have to be newer: `delivery`, because another split of the same reviews is not newer
    data; and `data`, because new test reviews do not change the model. If the champion's lineage
    lacks a digest, the data is not newer.

    Args:
        events: the history.
        candidate: lineage of the candidate; see `trace_lineage`.
        champion: lineage of the champion.
    """
    names = ("data", "delivery")
    return all(champion.get(name) for name in names) and all(
        _first_seen(events, name, candidate[name]) > _first_seen(events, name, champion[name])
        for name in names
    )


def _first_seen(events: Sequence[Event], name: str, digest: str) -> float:
    """Return the number of the first event with this digest in its lineage; infinity if none."""
    return min((e.number for e in events if e.lineage.get(name) == digest), default=math.inf)
