"""The champion's history as a table or as a JSON object."""

from __future__ import annotations

import json
from typing import Any

from data_contracts.dataset import Target
from tasks.champions.history import Event
from tasks.champions.scales import find_other_scale
from tasks.champions.succession import follow_succession
from tasks.reporting.summary import show_plainly

WAYS = {"decision": "rule", "promotion by hand": "by hand", "rollback": "rollback"}
HEADER = ("", "#", "version", "when (UTC)", "how", "verdict", "test MAE", "data", "")


def describe_event(event: Event) -> dict[str, Any]:
    """Return an event as a JSON object, without the digests of the files."""
    return event.model_dump(mode="json", exclude={"files"})


def show_history(events: list[Event], current: Event | None, target: Target, as_json: bool) -> str:
    """Format the history, the newest event last.

    Args:
        events: the whole history.
        current: the event that made the champion.
        target: of the contract; models for another scale are marked.
        as_json: return a JSON object of `champion` (a version or null), `withdrawn` (versions) and
            `history` instead of a table.
    """
    withdrawn = follow_succession(events).withdrawn
    if as_json:
        content = {
            "champion": current.version if current else None,
            "withdrawn": sorted(withdrawn),
            "history": [describe_event(event) for event in events],
        }
        return json.dumps(content)
    if not events:
        return "There is no champion yet, and nothing was decided."
    rows = [HEADER, *(_row(event, current, target, withdrawn) for event in events)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER) - 1)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    ]
    legend = "* the champion; 'withdrawn': a person replaced it; only a person can promote it again"
    return "\n".join([*(line.rstrip() for line in lines), "", legend])


def _row(
    event: Event, current: Event | None, target: Target, withdrawn: dict[str, Event]
) -> tuple[str, ...]:
    here = current is not None and event.number == current.number
    unfinished = event.folder and (current is None or event.number > current.number)
    lineage, scale = event.lineage, find_other_scale(event.lineage, target)
    notes = [
        "unfinished: the next run or change finishes it" if unfinished else "",
        "withdrawn" if event.version in withdrawn else "",
        f"trained for another scale: {scale}" if scale else "",
        f"({event.reason})" if event.kind != "decision" else "",
    ]
    return (
        "*" if here else "",
        str(event.number),
        event.version,
        event.time[:16].replace("T", " "),
        WAYS[event.kind],
        event.verdict,
        target.format_error(event.metrics["test_mae"]),
        f"{(lineage['data'] or '')[:8]} {show_plainly(lineage['source'])}",
        show_plainly(" ".join(note for note in notes if note)),
    )
