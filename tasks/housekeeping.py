"""Housekeeping: pruning a store by a stated rule, and what it holds.

The rule is told in tasks/storage/pruning.py, for champions in tasks/champions/installation.py. It
is safe beside a run under way: what a run made or found lately stays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tasks.champions.champion import ChampionRoom
from tasks.champions.installation import list_forgotten
from tasks.configuration.errors import StoreError
from tasks.engine.stages import stage_task
from tasks.storage.opening import StoreName, open_store
from tasks.storage.pruning import Usage, choose_to_prune, measure_store, prune
from tasks.storage.store import Store

KEEP_RUNS, KEEP_CHAMPIONS, KEEP_HOURS = 20, 10, 24.0


class Rule(NamedTuple):
    """What pruning keeps.

    Attributes:
        keep_runs: newest runs whose outputs are kept.
        keep_champions: newest earlier champions that are kept for a rollback.
        keep_hours: hours for which what was made or found is kept.
    """

    keep_runs: int = KEEP_RUNS
    keep_champions: int = KEEP_CHAMPIONS
    keep_hours: float = KEEP_HOURS


def find_store(name: StoreName) -> Store:
    """Open a store that is there.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    store = open_store(name)
    if not store.exists():
        raise StoreError(f"{store}: no store is here yet; the first run makes it")
    return store


def measure_usage(store: Store) -> list[Usage]:
    """Measure every stage and folder of a store, in the order of their names."""
    with store.explain_errors():
        return measure_store(store)


def prune_store(store: Store, rule: Rule, dry_run: bool = False) -> dict[str, int]:
    """Remove what the rule lets go.

    Args:
        store: the store.
        rule: what is kept.
        dry_run: choose only, and remove nothing.

    Returns:
        The sizes in bytes of what went, or would go, by path in the store.

    Raises:
        StoreError: the store cannot be read or written, or the record of a run is damaged.
    """
    # No champion comes back by hand while its copies are looked at and removed.
    with store.explain_errors(), ChampionRoom(store).alone():
        chosen = choose_to_prune(store, rule.keep_runs, rule.keep_hours)
        chosen += list_forgotten(ChampionRoom(store), rule.keep_champions, rule.keep_hours)
        gone = chosen if dry_run else prune(store, chosen, rule.keep_hours)
        return {entry.name: entry.size_bytes for entry in gone}


remove_unused: Any = stage_task(name="remove_unused")(prune_store)
"""`prune_store` as a Prefect task."""
