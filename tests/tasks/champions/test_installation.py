"""Which copies of earlier champions go."""

from __future__ import annotations

import os

import pytest

from flows.housekeeping import main
from tasks.champions.champion import VERSIONS, Champion, ChampionRegistry
from tasks.champions.installation import list_prunable
from tasks.champions.manual_promotion import roll_back
from tasks.storage.store import Store
from tests.champions import current_version, keep, promote_version


def grow_old(store: Store) -> None:
    for path in (store.root / "champion").rglob("*"):
        os.utime(path, (1, 1))


def forgotten(store: Store, keep_champions: int) -> list[str]:
    registry = ChampionRegistry(store)
    gone = list_prunable(registry, keep_champions, keep_hours=24)
    return [entry.name.removeprefix(f"{VERSIONS}/").partition("-")[0] for entry in gone]


def test_the_champion_and_the_newest_before_it_are_kept(store: Store) -> None:
    for version in "ABCD":
        promote_version(store, version)
    assert forgotten(store, 0) == []
    grow_old(store)
    assert forgotten(store, 10) == forgotten(store, 3) == []
    assert forgotten(store, 2) == ["A"]
    assert forgotten(store, 0) == ["A", "B", "C"]


def test_what_a_rollback_can_reach_is_kept_before_what_it_left(store: Store) -> None:
    for version in "ABCD":
        promote_version(store, version)
    roll_back(store, "why", "B")
    grow_old(store)
    assert forgotten(store, 1) == ["C", "D"]
    assert forgotten(store, 0) == ["A", "C", "D"]


def test_copies_that_no_event_names_go(store: Store) -> None:
    promote_version(store, "A")
    abandoned = store.root / VERSIONS / "B-1"
    abandoned.mkdir()
    (abandoned / "model.keras").touch()
    assert forgotten(store, 10) == []
    grow_old(store)
    assert forgotten(store, 10) == ["B"]


def test_the_command_prunes_champions_by_the_rule_and_never_the_history(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in "ABC":
        promote_version(store, version)
    keep(store, "D")
    grow_old(store)
    assert main([f"--store={store.root}", "--prune", "--keep-champions=1", "--dry-run"]) == 0
    assert "would remove champion/versions/A-" in capsys.readouterr().out
    assert main([f"--store={store.root}", "--prune", "--keep-champions=1"]) == 0
    assert "removed champion/versions/A-" in capsys.readouterr().out
    room = ChampionRegistry(store)
    events = room.history()
    assert [room.is_intact(Champion.from_event(e)) for e in events[:3]] == [False, True, True]
    assert [event.version for event in events] == ["A", "B", "C", "D"]
    assert current_version(store) == "C"
    roll_back(store, "why")
    assert current_version(store) == "B"
