"""Change the champion of a store as promotion and rollback do, without Prefect and TensorFlow.

python -m tests.change_champion promotion STORE
"""

from __future__ import annotations

import sys

from tasks.champions.champion import ChampionRegistry
from tasks.champions.installation import finish_change
from tasks.champions.manual_promotion import roll_back
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tests.champions import current_version, promote_version

OLD, NEW = "a" * 16, "b" * 16


def promote(store: Store) -> None:
    """Make the new model the champion of the old one's store, unless it is."""
    registry = ChampionRegistry(store)
    with registry.lock():
        finish_change(registry, registry.history())
        if current_version(store) == OLD:
            promote_version(store, NEW)


def go_back(store: Store) -> None:
    """Roll the new champion back, unless that was done."""
    if current_version(store) == NEW:
        roll_back(store, "why")


CHANGES = {"promotion": promote, "rollback": go_back}

if __name__ == "__main__":
    CHANGES[sys.argv[1]](open_store(sys.argv[2]))
