"""Changes of the champion by a person: promotion by hand and rollback. Each needs a reason."""

from __future__ import annotations

from typing import Any

from data_contracts.dataset import Dataset
from tasks.champions.champion import Champion, ChampionRegistry, folder_of
from tasks.champions.copies import COPIES, SAMPLE
from tasks.champions.history import Event
from tasks.champions.installation import finish_change, install, list_copies
from tasks.champions.lineage import list_sources, look_up_outputs
from tasks.champions.reproduction import check_reproduction
from tasks.champions.scales import explain_other_scale, find_other_scale, major_of
from tasks.champions.succession import follow_succession, last_change
from tasks.configuration.errors import ChampionError
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.promotion_bounds import PromotionBounds
from tasks.modelling.model_file import MODEL
from tasks.storage.file_sets import Sources
from tasks.storage.store import Store

KEPT_FIELDS = ("version", "decision", "lineage", "metrics", "checks")
"""Fields that the event of a change by hand copies from an earlier event of the model."""


def roll_back(store: Store, reason: str, version: str | None = None) -> Event:
    """Make an earlier champion the champion again.

    Skips champions that were rolled back before. The model is not loaded; the files are compared
    with their digests. If a rollback was killed, the next call finishes it.

    Args:
        store: the store.
        reason: for the history.
        version: of the earlier champion; by default the one before the present champion.

    Returns:
        The new event.

    Raises:
        ChampionError: there is no such champion, its files are missing or damaged, or another
            unfinished change had to be finished first.
        StoreError: the pointer or an event is damaged.
    """
    registry = ChampionRegistry(store)
    with registry.lock():
        events = registry.history()
        if unfinished := finish_change(registry, events):
            if unfinished.kind == "rollback" and version in (None, unfinished.version):
                return unfinished
            # The person saw another champion than the rollback would now withdraw.
            raise ChampionError(
                f"a change that was cut short had to be finished: the champion is now"
                f" {unfinished.version}; look with `list`, and repeat the command if you still"
                " want it"
            )
        target = _find_earlier(events, version)
        champion = Champion.from_event(target)
        if not registry.is_intact(champion):
            raise ChampionError(
                f"{registry.records.place(folder_of(champion))}: copies of {target.version} are"
                " damaged or were pruned; restore them from a backup, or name another with --to"
            )
        about = {name: getattr(target, name) for name in KEPT_FIELDS}
        about |= {"kind": "rollback", "verdict": "RolledBack", "reason": reason}
        return install(registry, events, list_copies(registry, champion), **about)


def promote_by_hand(store: Store, version: str, reason: str, dataset: Dataset) -> Event:
    """Make a candidate or an earlier champion the champion, whatever the rule decided.

    The store must still hold the model, and its file must reproduce its predictions in a fresh
    process. Promoting the champion itself renews its files if they are damaged.

    Args:
        store: the store.
        version: of the model, 16 hexadecimal digits.
        reason: for the history.
        dataset: of the model.

    Returns:
        The new event.

    Raises:
        ChampionError: there is no such model, or it must not become the champion.
        StoreError: the pointer or an event is damaged.
    """
    registry = ChampionRegistry(store)
    with registry.lock():
        events = registry.history()
        unfinished = finish_change(registry, events)
        if unfinished and (unfinished.kind, unfinished.version) == ("promotion by hand", version):
            return unfinished
        reign = last_change(events)
        if reign and reign.version == version and registry.is_intact(Champion.from_event(reign)):
            raise ChampionError(f"{version} is the champion already")
        known, sources = _find_model(store, registry, events, version)
        _check_replacement(known, reign, dataset)
        about = {name: getattr(known, name) for name in KEPT_FIELDS}
        about |= {"kind": "promotion by hand", "verdict": "Promoted", "reason": reason}
        about["checks"] = [*known.checks, _reproduce(sources, version, dataset)]
        return install(registry, events, sources, **about)


def _check_replacement(model: Event, reign: Event | None, dataset: Dataset) -> None:
    """Check that a model may replace the champion.

    Raises:
        ChampionError: it was trained on made-up reviews and the champion was not, or for another
            scale than that of the target, or than the champion under the same major version.
    """
    if reign and model.lineage["demo"] and not reign.lineage["demo"]:
        raise ChampionError(
            f"{model.version} was trained on made-up reviews and cannot replace a champion of real"
            " reviews"
        )
    if other := find_other_scale(model.lineage, dataset.target):
        raise ChampionError(
            f"{model.version} was trained for {other}, and the contract has another scale; name the"
            " contract that it was trained with (--contract)"
        )
    versions = {major_of(e.lineage.get("contract_version")) for e in (model, reign) if e}
    scale = explain_other_scale(reign.lineage, dataset.target) if reign else None
    if scale and len(versions) == 1:
        raise ChampionError(f"{model.version} cannot replace the champion: {scale}")


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
    for event in earlier:
        if version in (None, event.version):
            return event
    problem = f"there is no earlier champion to go back to; the champion is {present.version}"
    if choice := ", ".join(dict.fromkeys(event.version for event in earlier)):
        problem = f"{version} is no earlier champion to go back to; choose one of: {choice}"
    raise ChampionError(f"{problem}; promote any other model by hand")


def _find_model(
    store: Store, registry: ChampionRegistry, events: list[Event], version: str
) -> tuple[Event, Sources]:
    """Find the files of a model, in the registry or among the outputs of the stages."""
    about = [event for event in reversed(events) if event.version == version]
    if not about:
        raise ChampionError(f"{version}: the history knows no such version; see `list`")
    for event in about:
        if event.folder and registry.is_intact(champion := Champion.from_event(event)):
            return event, list_copies(registry, champion)
    for event in about:
        outputs = look_up_outputs(store, event)
        if set(COPIES.values()) <= outputs.keys():
            return event, list_sources(store, outputs)
    raise ChampionError(
        f"{version}: the store holds no undamaged copy of it any more; retrain it, or restore"
        f" {store} from a backup"
    )


def _reproduce(sources: Sources, version: str, dataset: Dataset) -> dict[str, Any]:
    model, record = sources[MODEL]
    tolerance = PromotionBounds.of(PromotionParameters(), dataset).reproduction_tolerance
    check = check_reproduction(model, record, sources[SAMPLE][0], tolerance)
    if not check.passed:
        raise ChampionError(f"{version} {check.denial}: {check.detail}")
    return check.model_dump(mode="json")
