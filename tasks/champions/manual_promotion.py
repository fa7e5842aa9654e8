"""What a person does to the champion: promotion by hand, and rollback. Each needs a reason."""

from __future__ import annotations

from typing import Any

from tasks.champions.champion import Champion, ChampionRoom, folder_of
from tasks.champions.copies import COPIES, SAMPLE
from tasks.champions.history import Event
from tasks.champions.installation import finish_change, install, own_copies
from tasks.champions.lineage import list_sources, look_up_outputs
from tasks.champions.reproduction import check_reproduction
from tasks.champions.succession import follow_succession, last_change
from tasks.configuration.errors import ChampionError
from tasks.configuration.parameters import PromotionParameters
from tasks.modelling.model_file import MODEL
from tasks.storage.file_sets import Sources
from tasks.storage.store import Store

KEPT_FIELDS = ("version", "decision", "lineage", "metrics", "checks")
"""What an event by hand takes over from the event that the model is known by."""


def roll_back(store: Store, reason: str, version: str | None = None) -> Event:
    """Go back to the champion before, or to an earlier one.

    Passed over are those that a person rolled back before. Nothing is loaded or predicted: the
    copies are compared with their digests. A rollback that was killed is finished, not repeated.

    Args:
        store: the store.
        reason: why, for the history.
        version: which champion; None: the one before.

    Returns:
        What was noted.

    Raises:
        ChampionError: there is no such champion, its copies are gone or damaged, or a change that
            was cut short had to be finished first.
        StoreError: the pointer or an event is damaged.
    """
    room = ChampionRoom(store)
    with room.alone():
        events = room.history()
        if unfinished := finish_change(room, events):
            if unfinished.kind == "rollback" and version in (None, unfinished.version):
                return unfinished
            # Whoever asked saw another champion than the one that would now be withdrawn.
            raise ChampionError(
                f"a change that was cut short had to be finished: the champion is now"
                f" {unfinished.version}; look with `list`, and give the command again if meant"
            )
        target = _find_earlier(events, version)
        champion = Champion.made_by(target)
        if not room.is_intact(champion):
            raise ChampionError(
                f"{room.records.place(folder_of(champion))}: copies of {target.version} are damaged"
                " or were pruned; restore them from a backup, or name another with --to"
            )
        about = {name: getattr(target, name) for name in KEPT_FIELDS}
        about |= {"kind": "rollback", "verdict": "RolledBack", "reason": reason}
        return install(room, events, own_copies(room, champion), **about)


def promote_by_hand(store: Store, version: str, reason: str) -> Event:
    """Make a candidate or an earlier champion the champion, whatever the rule says of it.

    The store must still hold it, and its file must reproduce its predictions in a fresh process.
    The champion itself gets new copies so, where those that it has are damaged.

    Args:
        store: the store.
        version: 16 hexadecimal digits.
        reason: why, for the history.

    Returns:
        What was noted.

    Raises:
        ChampionError: there is no such model, or it must not be the champion.
        StoreError: the pointer or an event is damaged.
    """
    room = ChampionRoom(store)
    with room.alone():
        events = room.history()
        unfinished = finish_change(room, events)
        if unfinished and (unfinished.kind, unfinished.version) == ("promotion by hand", version):
            return unfinished
        reign = last_change(events)
        if reign and reign.version == version and room.is_intact(Champion.made_by(reign)):
            raise ChampionError(f"{version} is the champion already")
        known, sources = _find_model(store, room, events, version)
        if reign and known.lineage["demo"] and not reign.lineage["demo"]:
            raise ChampionError(
                f"{version} knows made-up reviews alone, and the champion real ones: it never"
                " replaces it"
            )
        about = {name: getattr(known, name) for name in KEPT_FIELDS}
        about |= {"kind": "promotion by hand", "verdict": "Promoted", "reason": reason}
        about["checks"] = [*known.checks, _reproduce(sources, version)]
        return install(room, events, sources, **about)


def _find_earlier(events: list[Event], version: str | None) -> Event:
    line, withdrawn, _ = follow_succession(events)
    if not line:
        raise ChampionError("there is no champion yet, and so none to go back to")
    present, rolled_back = line[-1], {v for v, e in withdrawn.items() if e.kind == "rollback"}
    earlier = [
        event
        for event in reversed(line[:-1])
        if event.version not in rolled_back | {present.version}
        and event.lineage["demo"] <= present.lineage["demo"]
    ]
    named = [event for event in earlier if version in (None, event.version)]
    if named:
        return named[0]
    choice = ", ".join(dict.fromkeys(event.version for event in earlier)) or "none"
    what = f"{version} is no champion to go back to" if version else "no champion was before it"
    raise ChampionError(
        f"{what}: the champion is {present.version}; to go back to there is {choice}; any other"
        " model has to be promoted by hand"
    )


def _find_model(
    store: Store, room: ChampionRoom, events: list[Event], version: str
) -> tuple[Event, Sources]:
    """Find the files of a model: as a champion's own copies, or as what the stages left."""
    about = [event for event in reversed(events) if event.version == version]
    if not about:
        raise ChampionError(f"{version}: the history knows no such version; see `list`")
    for event in about:
        if event.folder and room.is_intact(champion := Champion.made_by(event)):
            return event, own_copies(room, champion)
    for event in about:
        outputs = look_up_outputs(store, event)
        if set(COPIES.values()) <= outputs.keys():
            return event, list_sources(store, outputs)
    raise ChampionError(
        f"{version}: the store holds no undamaged copy of it any more; retrain it, or restore"
        f" {store} from a backup"
    )


def _reproduce(sources: Sources, version: str) -> dict[str, Any]:
    model, record = sources[MODEL]
    tolerance = PromotionParameters().reproduction_tolerance_points
    check = check_reproduction(model, record, sources[SAMPLE][0], tolerance)
    if not check.passed:
        raise ChampionError(f"{version} {check.denial}: {check.detail}")
    return check.model_dump(mode="json")
