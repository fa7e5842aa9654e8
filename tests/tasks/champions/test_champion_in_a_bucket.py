"""The champion of a store in a bucket, seen and changed from two machines."""

from __future__ import annotations

import json

import pytest

from tasks.champions import installation
from tasks.champions.champion import POINTER, VERSIONS, Champion, ChampionRegistry
from tasks.champions.history import DecidedMeanwhileError
from tasks.champions.installation import finish_change
from tasks.champions.manual_promotion import roll_back
from tasks.configuration.errors import StoreError
from tasks.engine.run import Run
from tasks.storage.store import Store
from tests.accepted_deliveries import URL, accept, checked, rows_of
from tests.accepted_deliveries import promote_version as promote_with_profile
from tests.champions import current_version, keep, promote_version

pytestmark = pytest.mark.slow


def test_what_one_machine_changes_the_other_sees(here: Store, there: Store) -> None:
    assert current_version(there) is None
    promote_version(here, "A")
    promote_version(there, "B")
    keep(here, "C")
    for store in (here, there):
        assert current_version(store) == "B"
        registry = ChampionRegistry(store)
        champion = registry.current()
        assert champion is not None
        assert registry.path_of(champion, "model.keras").read_bytes() == b"weights of B"
    assert roll_back(there, "bad on Riesling").champion_after == "A"
    assert current_version(here) == "A"
    assert [event.verdict for event in ChampionRegistry(here).history()] == [
        *("Promoted", "Promoted", "KeptChampion", "RolledBack")
    ]
    # A champion that comes back is not uploaded once more.
    assert len({name.split("/")[2] for name in here.objects.list(VERSIONS)}) == 2


def test_of_two_machines_that_decide_at_once_one_is_told_to_run_again(
    here: Store, there: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote_version(here, "A")
    append = installation.append_event

    def be_overtaken(*arguments: object) -> None:
        monkeypatch.undo()
        promote_version(there, "B")
        append(*arguments)

    monkeypatch.setattr(installation, "append_event", be_overtaken)
    with pytest.raises(DecidedMeanwhileError, match="another process decided meanwhile; run again"):
        promote_version(here, "C")
    for store in (here, there):
        assert current_version(store) == "B"
        assert [event.version for event in ChampionRegistry(store).history()] == ["A", "B"]


def test_a_pointer_never_goes_back(here: Store, there: Store) -> None:
    old = promote_version(here, "A")
    promote_version(there, "B")
    installation._move_pointer(ChampionRegistry(here), old)
    assert current_version(here) == "B"


def test_a_change_that_one_machine_left_unfinished_the_other_finishes(
    here: Store, there: Store
) -> None:
    old, new = promote_version(here, "A"), promote_version(here, "B")
    here.records.write(POINTER, json.dumps({"event": old.number, "version": "A"}).encode())
    registry = ChampionRegistry(there)
    assert current_version(there) == "A"
    assert finish_change(registry, registry.history()) == new
    assert current_version(here) == "B"


@pytest.mark.parametrize("damage", ["pointer", "event", "file", "file gone"])
def test_a_damaged_champion_is_an_error_with_advice_not_a_loss(here: Store, damage: str) -> None:
    event = promote_version(here, "A")
    name = f"{VERSIONS}/{event.folder}/model.keras"
    if damage == "file":
        here.objects.write(name, b"weights of B")
    elif damage == "file gone":
        here.objects.delete([name])
    else:
        name = POINTER if damage == "pointer" else "champion/history/00000001.json"
        here.objects.write(name, b"{")
    with pytest.raises(StoreError, match="restore it from a backup") as caught:
        ChampionRegistry(here).current()
    assert f"{here}/{name}" in str(caught.value)


def test_copies_are_brought_where_they_are_damaged_on_this_machine(here: Store) -> None:
    champion = Champion.from_event(promote_version(here, "A"))
    registry = ChampionRegistry(here)
    registry.path_of(champion, "model.keras").write_bytes(b"weights of B")
    assert registry.is_intact(champion)
    assert registry.path_of(champion, "model.keras").read_bytes() == b"weights of A"


def test_both_machines_compare_with_the_file_accepted_last(here: Store, there: Store) -> None:
    promote_with_profile(here, demo=False, profile_rows=555)
    accept(Run(here, URL), "first", 100)
    accept(Run(there, URL), "second", 200)
    checked(here, "third", 300)
    comparison = accept(Run(here, URL), "third", 300)
    assert rows_of(here, comparison) == 200
    assert rows_of(here, comparison, "champion") == 555
    assert rows_of(there, accept(Run(there, URL), "fourth", 400)) == 300
