"""Changing the champion: copies, then the event, then the pointer; killed anywhere, done again.

Everything here is called by a process that holds the room alone.
"""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

from tasks.champions.champion import POINTER, VERSIONS, Champion, ChampionRoom
from tasks.champions.history import Event, append_event
from tasks.champions.succession import follow_succession, last_change
from tasks.storage.artifacts import canonical_json
from tasks.storage.file_sets import Sources
from tasks.storage.pruning import Entry, list_folders


def finish_change(room: ChampionRoom, events: list[Event]) -> Event | None:
    """Move the pointer to the newest champion, if a killed process left that undone.

    Args:
        room: the champion's room.
        events: its whole history.

    Returns:
        The event that was left unfinished.

    Raises:
        StoreError: the pointer or what it names is damaged.
    """
    unfinished = find_unfinished(room, events)
    if unfinished:
        _point_to(room, unfinished)
    return unfinished


def find_unfinished(room: ChampionRoom, events: list[Event]) -> Event | None:
    """Return the newest change of the champion where the pointer does not name it yet."""
    pointed, newest = room.pointed(), last_change(events)
    if newest is None or (pointed and pointed.number >= newest.number):
        return None
    return newest


def install(room: ChampionRoom, events: list[Event], sources: Sources, **about: Any) -> Event:
    """Make a model the champion.

    Args:
        room: the champion's room.
        events: its whole history.
        sources: what it copies.
        about: the fields of the event but those that are settled here: its number and time, the
            champions before and after, and the files.

    Raises:
        StoreError: a file was replaced or damaged since it was looked up.
    """
    files = {name: record for name, (_, record) in sources.items()}
    after = about["version"]
    folder = room.store.file_sets.keep(VERSIONS, after, sources)
    event = append_next_event(
        room, events, champion_after=after, folder=folder, files=files, **about
    )
    _point_to(room, event)
    return event


def append_next_event(room: ChampionRoom, events: list[Event], **about: Any) -> Event:
    """Write the event that comes after all others; without a `folder` the champion stays."""
    newest = last_change(events)
    before = newest.version if newest else None
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    settled = {
        "number": events[-1].number + 1 if events else 1,
        "time": now,
        "champion_before": before,
        "champion_after": before,
    }
    event = Event(**(settled | about))
    append_event(room.records, event)
    return event


def own_copies(room: ChampionRoom, champion: Champion) -> Sources:
    """List what a champion of any time holds, so that it can be installed again."""
    return {name: (room.path_of(champion, name), r) for name, r in champion.files.items()}


def list_forgotten(room: ChampionRoom, keep_champions: int, keep_hours: float) -> list[Entry]:
    """List the folders of copies that the rule lets go: never the champion's.

    Args:
        room: the champion's room.
        keep_champions: the newest so many earlier champions are kept.
        keep_hours: so is what was copied in the last so many hours.

    Raises:
        StoreError: the pointer or an event is damaged.
    """
    events = room.history()
    changes = [event for event in reversed(events) if event.folder is not None]
    pointed = room.pointed()
    folders = list(dict.fromkeys(str(event.folder) for event in changes))
    # A rollback goes back along the line: what it can reach counts as newer than the rest.
    line = [str(event.folder) for event in reversed(follow_succession(events).line)]
    ordered = list(dict.fromkeys([*line, *folders]))
    kept = {*ordered[: keep_champions + 1], *line[:1], *([pointed.folder] if pointed else [])}
    oldest, lying = time.time() - keep_hours * 3600, list_folders(room.store, VERSIONS)
    others = [entry for name, entry in lying.items() if name not in kept]
    return sorted(entry for entry in others if entry.last_modified < oldest)


def _point_to(room: ChampionRoom, event: Event) -> None:
    """Name the event, unless another process went on to a later one meanwhile."""

    def change(content: bytes | None) -> bytes | None:
        if content is not None and json.loads(content)["event"] >= event.number:
            return None
        return canonical_json({"event": event.number, "version": event.version})

    room.records.update(POINTER, change)
