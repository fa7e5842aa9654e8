"""Housekeeping: prune a store, and measure the rest.

tasks/storage/pruning.py holds the rule, tasks/champions/installation.py that for champions. Pruning
is safe during a run: outputs that a run recently made or found are kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tasks.champions.champion import ChampionRegistry
from tasks.champions.installation import list_prunable
from tasks.configuration.errors import StoreError
from tasks.engine.stages import stage_task
from tasks.storage.opening import StoreName, open_store
from tasks.storage.pruning import choose_to_prune, prune
from tasks.storage.store import Store
from tasks.storage.usage import Usage, measure_store

KEEP_RUNS, KEEP_CHAMPIONS, KEEP_HOURS = 20, 10, 24.0


class Rule(NamedTuple):
    """The rule by which pruning keeps outputs.

    Attributes:
        keep_runs: number of newest runs whose outputs are kept.
        keep_champions: number of newest earlier champions that are kept for a rollback.
        keep_hours: hours for which an output is kept after it was made or found.
    """

    keep_runs: int = KEEP_RUNS
    keep_champions: int = KEEP_CHAMPIONS
    keep_hours: float = KEEP_HOURS


def find_store(name: StoreName) -> Store:
    """Open an existing store.

    Raises:
        StoreError: it does not exist or cannot be read.
    """
    store = open_store(name)
    if not store.exists():
        raise StoreError(f"{store}: no store is here yet; the first run makes it")
    return store


def measure_usage(store: Store) -> list[Usage]:
    """Measure each stage and folder of a store, sorted by name."""
    with store.explain_errors():
        return measure_store(store)


def prune_store(store: Store, rule: Rule, dry_run: bool = False) -> dict[str, int]:
    """Remove the outputs, files and records that the rule does not keep.

    Args:
        store: the store.
        rule: what is kept.
        dry_run: list what would be removed, and remove nothing.

    Returns:
        The sizes in bytes of the removed entries, by path in the store.

    Raises:
        StoreError: the store cannot be read or written, or the record of a run is damaged.
    """
    # Locked, so that no rollback installs a champion whose copies are being removed.
    with store.explain_errors(), ChampionRegistry(store).lock():
        chosen = choose_to_prune(store, rule.keep_runs, rule.keep_hours)
        for scoped in store.scopes():
            registry = ChampionRegistry(scoped)
            chosen += list_prunable(registry, rule.keep_champions, rule.keep_hours)
        removed = chosen if dry_run else prune(store, chosen, rule.keep_hours)
        return {entry.name: entry.size_bytes for entry in removed}


remove_unused: Any = stage_task(name="remove_unused")(prune_store)
"""`prune_store` as a Prefect task."""
