"""What goes from a store of either kind, and what stays.

A server's clock cannot be turned back: what is old here is what was there before `keep_hours`
ended, which may be none.
"""

from __future__ import annotations

import json

import pytest

from flows.housekeeping import main
from tasks import housekeeping
from tasks.champions.champion import VERSIONS, Champion, ChampionRegistry
from tasks.reporting.run_records import ANNOUNCED
from tasks.storage.pruning import choose_to_prune, prune
from tasks.storage.store import Store
from tasks.storage.usage import measure_store
from tests.champions import current_version, promote_version
from tests.tasks.storage.test_store import contents, publish

AT_ONCE = -1.0
"""Hours: all that is there counts as old, even by a clock of whole seconds."""


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def address(number: int) -> str:
    return f"{number:032d}"


def names(store: Store, keep_runs: int = 1, keep_hours: float = AT_ONCE) -> list[str]:
    return [entry.name for entry in choose_to_prune(store, keep_runs, keep_hours)]


def test_what_recent_runs_used_or_was_made_lately_is_kept(store: Store) -> None:
    unused, used = (publish(store, {"a": b"1"}, address(number)) for number in range(2))
    store.records.write("runs/1.json", json.dumps({"outputs": [unused.path]}).encode())
    store.records.write("runs/2.json", json.dumps({"outputs": [used.path]}).encode())
    for kept in ("runs/0-0-retraining-Promoted.json", "runs/metrics.html", f"{ANNOUNCED}/1.json"):
        store.records.write(kept, b"{}")
    assert names(store, keep_hours=24) == []
    chosen = choose_to_prune(store, 1, AT_ONCE)
    assert [entry.name for entry in chosen] == ["runs/1.json", unused.path]
    assert prune(store, chosen, AT_ONCE) == chosen
    assert store.look_up("split", unused.address) is None
    assert not list(store.objects.list(unused.path))
    assert store.look_up("split", used.address) == used
    assert contents(store, used) == {"a": b"1"}
    assert names(store) == []


def test_uploads_that_no_manifest_names_go_with_what_was_set_aside(store: Store) -> None:
    first_made = publish(store, {"a": b"1"}, address(1))
    made = publish(store, {"a": b"2"}, address(1), replace=True)
    store.objects.write(f"split/{address(2)}/attempt/a", b"cut off")
    store.records.write("runs/1.json", json.dumps({"outputs": [made.path]}).encode())
    store.objects.write(f".work/train/{address(3)}/resume/state", b"state")
    first, state, old, cut_off = names(store)
    assert state == f".work/train/{address(3)}"
    assert first.startswith(".damaged/split-")
    assert old == first_made.folder
    assert cut_off == f"split/{address(2)}/attempt"
    prune(store, choose_to_prune(store, 1, AT_ONCE), AT_ONCE)
    assert store.look_up("split", made.address) == made
    assert names(store) == []


def test_what_was_used_since_it_was_chosen_stays(store: Store) -> None:
    made = publish(store, {"a": b"1"}, address(1))
    chosen = choose_to_prune(store, 0, AT_ONCE)
    assert prune(store, chosen, keep_hours=24) == []
    assert store.look_up("split", made.address) == made


def test_what_a_manifest_came_to_name_since_it_was_chosen_stays(store: Store) -> None:
    made = publish(store, {"a": b"1"}, address(1))
    manifest = f"{made.path}/manifest.json"
    found = store.objects.read(manifest)
    assert found
    store.objects.delete([manifest])
    chosen = choose_to_prune(store, 0, AT_ONCE)
    assert [entry.name for entry in chosen] == [made.folder]
    store.objects.create(manifest, found.content)
    assert prune(store, chosen, AT_ONCE) == []
    assert store.look_up("split", made.address) == made


def test_the_command_shows_and_prunes_earlier_champions(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (promote_version(store, version) for version in "ABC")
    words = [f"--store={store}", "--prune", "--keep-champions=1"]
    assert main([*words, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "would remove 0 entries" in said
    assert f"{store}: store format 2" in said
    monkeypatch.setattr(housekeeping.Rule, "keep_hours", AT_ONCE)
    assert main(words) == 0
    assert f"removed {VERSIONS}/{first.folder}" in capsys.readouterr().out
    room = ChampionRegistry(store)
    kept = [room.is_intact(Champion.from_event(event)) for event in (first, second, third)]
    assert kept == [False, True, True]
    assert current_version(store) == "C"
    assert {usage.name: usage.outputs for usage in measure_store(store)} == {"champion": 3}
