"""Installing a champion: copy its files, write the event, then move the pointer.

After a kill at any point the next run can repeat or finish the change. The callers hold the lock of
the registry.
"""

from __future__ import annotations

import datetime
import json
import time
from typing import Any

from tasks.champions.champion import POINTER, VERSIONS, Champion, ChampionRegistry
from tasks.champions.history import Event, append_event
from tasks.champions.succession import follow_succession, last_change
from tasks.storage.artifacts import canonical_json
from tasks.storage.file_sets import Sources, keep_files
from tasks.storage.pruning import Entry, list_folders


def finish_change(registry: ChampionRegistry, events: list[Event]) -> Event | None:
    """Move the pointer to the newest champion, if a killed process did not.

    Args:
        registry: the champion registry.
        events: its whole history.

    Returns:
        The event of the unfinished change; None if there was none.

    Raises:
        StoreError: the pointer or its event is damaged.
    """
    unfinished = find_unfinished(registry, events)
    if unfinished:
        _move_pointer(registry, unfinished)
    return unfinished


def find_unfinished(registry: ChampionRegistry, events: list[Event]) -> Event | None:
    """Return the newest change of the champion, if the pointer does not name it yet."""
    pointed, newest = registry.read_pointer(), last_change(events)
    if newest is None or (pointed and pointed.number >= newest.number):
        return None
    return newest


def install(
    registry: ChampionRegistry, events: list[Event], sources: Sources, **about: Any
) -> Event:
    """Make a model the champion.

    Args:
        registry: the champion registry.
        events: its whole history.
        sources: the files to copy.
        about: fields of the event; this function sets number, time, champions, folder and files.

    Raises:
        StoreError: a file was replaced or damaged since it was looked up.
    """
    files = {name: record for name, (_, record) in sources.items()}
    after = about["version"]
    folder = keep_files(registry.store.objects, registry.records.path(VERSIONS), after, sources)
    event = append_next_event(
        registry, events, champion_after=after, folder=folder, files=files, **about
    )
    _move_pointer(registry, event)
    return event


def append_next_event(registry: ChampionRegistry, events: list[Event], **about: Any) -> Event:
    """Append an event to the history; without a `folder` in `about` the champion stays."""
    newest = last_change(events)
    before = newest.version if newest else None
    defaults = {
        "number": events[-1].number + 1 if events else 1,
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "champion_before": before,
        "champion_after": before,
    }
    event = Event(**(defaults | about))
    append_event(registry.records, event)
    return event


def list_copies(registry: ChampionRegistry, champion: Champion) -> Sources:
    """List the files of a present or earlier champion, for installing it again."""
    return {name: (registry.path_of(champion, name), r) for name, r in champion.files.items()}


def list_prunable(
    registry: ChampionRegistry, keep_champions: int, keep_hours: float
) -> list[Entry]:
    """List the folders of earlier champions that pruning removes.

    Args:
        registry: the champion registry.
        keep_champions: number of newest earlier champions that are kept.
        keep_hours: folders that were used in the last `keep_hours` are kept too.

    Raises:
        StoreError: the pointer or an event is damaged.
    """
    events = registry.history()
    changes = [event for event in reversed(events) if event.folder is not None]
    pointed = registry.read_pointer()
    folders = list(dict.fromkeys(str(event.folder) for event in changes))
    # Keep first the champions that a rollback can reach, which are those of the line.
    line = [str(event.folder) for event in reversed(follow_succession(events).line)]
    ordered = list(dict.fromkeys([*line, *folders]))
    kept = {*ordered[: keep_champions + 1], *line[:1], *([pointed.folder] if pointed else [])}
    oldest = time.time() - keep_hours * 3600
    listed = list_folders(registry.store, registry.records.path(VERSIONS))
    others = [entry for name, entry in listed.items() if name not in kept]
    return sorted(entry for entry in others if entry.last_modified < oldest)


def _move_pointer(registry: ChampionRegistry, event: Event) -> None:
    """Point to the event, unless the pointer is newer."""

    def change(content: bytes | None) -> bytes | None:
        if content is not None and json.loads(content)["event"] >= event.number:
            return None
        return canonical_json({"event": event.number, "version": event.version})

    registry.records.update(POINTER, change)
