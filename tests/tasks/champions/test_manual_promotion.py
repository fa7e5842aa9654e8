from __future__ import annotations

import json

import pytest

from tasks.champions import manual_promotion
from tasks.champions.champion import POINTER, Champion, ChampionRegistry
from tasks.champions.checks import Check
from tasks.champions.manual_promotion import promote_by_hand, roll_back
from tasks.configuration.errors import ChampionError
from tasks.storage.store import Store
from tests.champions import LINEAGE, current_version, keep, promote_version, write_sources
from tests.contracts import WINE

DATASET = WINE.dataset


def point_to(store: Store, number: int) -> None:
    """Put the pointer back, as a process leaves it that is killed before it moves it."""
    registry = ChampionRegistry(store)
    event = registry.history()[number - 1]
    content = {"event": number, "version": event.version}
    (store.root / POINTER).write_text(json.dumps(content))


def test_a_rollback_goes_back_one_champion_at_a_time(store: Store) -> None:
    for version in "ABC":
        promote_version(store, version)
    keep(store, "D")
    assert roll_back(store, "bad on Riesling").champion_after == "B"
    assert current_version(store) == "B"
    event = roll_back(store, "no better")
    assert (event.champion_before, event.champion_after) == ("B", "A")
    assert (event.kind, event.verdict, event.reason) == ("rollback", "RolledBack", "no better")
    assert event.lineage["data"] == "d"
    with pytest.raises(
        ChampionError, match="there is no earlier champion to go back to; the champion is"
    ):
        roll_back(store, "again")
    assert current_version(store) == "A"


def test_a_rollback_to_a_named_champion_passes_over_those_between(store: Store) -> None:
    for version in "ABC":
        promote_version(store, version)
    roll_back(store, "both bad", "A")
    assert current_version(store) == "A"
    promote_version(store, "D")
    with pytest.raises(
        ChampionError, match="B is no earlier champion to go back to; choose one of: A;"
    ):
        roll_back(store, "try", "B")


def test_what_was_rolled_back_is_passed_over_by_the_next_rollback(store: Store) -> None:
    promote_version(store, "A")
    promote_version(store, "B")
    promote_version(store, "C")
    roll_back(store, "C is bad")
    promote_version(store, "C", kind="promotion by hand")
    roll_back(store, "still bad")
    assert current_version(store) == "B"
    roll_back(store, "B too")
    assert current_version(store) == "A"


def test_without_a_champion_there_is_nothing_to_go_back_to(store: Store) -> None:
    with pytest.raises(ChampionError, match="there is no champion yet"):
        roll_back(store, "why")
    keep(store, "A")
    with pytest.raises(ChampionError, match="there is no champion yet"):
        roll_back(store, "why")


def test_nobody_goes_back_from_real_reviews_to_made_up_ones(store: Store) -> None:
    promote_version(store, "A", lineage=LINEAGE | {"demo": True})
    promote_version(store, "B")
    with pytest.raises(
        ChampionError, match="there is no earlier champion to go back to; the champion is"
    ):
        roll_back(store, "why")
    with pytest.raises(ChampionError, match="was trained on made-up reviews"):
        promote_by_hand(store, "A", "why", DATASET)


def test_a_champion_whose_copies_are_gone_is_not_gone_back_to(store: Store) -> None:
    old = promote_version(store, "A")
    promote_version(store, "B")
    registry = ChampionRegistry(store)
    registry.path_of(Champion.from_event(old), "model.keras").write_bytes(b"damaged")
    with pytest.raises(ChampionError, match="damaged or were pruned"):
        roll_back(store, "why")
    assert current_version(store) == "B"
    assert len(registry.history()) == 2


def test_a_rollback_helps_when_the_champion_itself_is_damaged(store: Store) -> None:
    promote_version(store, "A")
    new = promote_version(store, "B")
    registry = ChampionRegistry(store)
    registry.path_of(Champion.from_event(new), "model.keras").unlink()
    roll_back(store, "damaged")
    assert current_version(store) == "A"


@pytest.mark.parametrize("named", [None, "B"])
def test_a_rollback_that_was_killed_is_finished_and_not_repeated(
    store: Store, named: str | None
) -> None:
    for version in "ABC":
        promote_version(store, version)
    event = roll_back(store, "why")
    point_to(store, 3)
    assert current_version(store) == "C"
    assert roll_back(store, "why", named) == event
    assert current_version(store) == "B"
    assert len(ChampionRegistry(store).history()) == 4


def test_a_rollback_does_not_withdraw_a_champion_that_nobody_has_seen_yet(store: Store) -> None:
    """B is in place for all readers; the promotion of C was killed before the pointer moved."""
    for version in "ABC":
        promote_version(store, version)
    point_to(store, 2)
    assert current_version(store) == "B"
    with pytest.raises(ChampionError, match=r"had to be finished: the champion is now C"):
        roll_back(store, "B is too harsh")
    assert current_version(store) == "C"
    assert [event.kind for event in ChampionRegistry(store).history()] == ["decision"] * 3
    assert roll_back(store, "C is too harsh").champion_after == "B"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that a fresh process was to load; one that holds `spoilt` does not reproduce."""
    files: list[str] = []

    def check(model, record, sample, tolerance) -> Check:
        files.append(model.name)
        passed = b"spoilt" not in model.read_bytes() and sample.name == "sample.parquet"
        return Check(name="reproduces", denial="does not reproduce", passed=passed, detail="asked")

    monkeypatch.setattr(manual_promotion, "check_reproduction", check)
    return files


def full_sources(store: Store, version: str, model: bytes = b"weights"):
    contents = {"model.keras": model, "sample.parquet": b"sample", "figures.json": b"{}"}
    return write_sources(store.root.parent / version, contents)


def test_an_earlier_champion_is_promoted_by_hand_from_its_own_copies(
    store: Store, asked: list[str]
) -> None:
    first = promote_version(store, "A", full_sources(store, "A"))
    promote_version(store, "B")
    event = promote_by_hand(store, "A", "better on Riesling", DATASET)
    assert asked == ["model.keras"]
    assert event.folder == first.folder
    assert (event.kind, event.reason) == ("promotion by hand", "better on Riesling")
    assert event.checks[-1]["name"] == "reproduces"
    assert current_version(store) == "A"
    with pytest.raises(ChampionError, match="A is the champion already"):
        promote_by_hand(store, "A", "again", DATASET)
    assert roll_back(store, "not better").version == "B"


def test_a_spoilt_file_is_not_promoted_by_hand_either(store: Store, asked: list[str]) -> None:
    promote_version(store, "A", full_sources(store, "A", b"spoilt"))
    promote_version(store, "B")
    with pytest.raises(ChampionError, match="A does not reproduce: asked"):
        promote_by_hand(store, "A", "why", DATASET)
    assert current_version(store) == "B"
    assert len(ChampionRegistry(store).history()) == 2


def test_a_model_that_the_store_lacks_is_named(store: Store, asked: list[str]) -> None:
    promote_version(store, "A")
    keep(store, "B", lineage=LINEAGE | {"outputs": {"train": "train/gone"}})
    with pytest.raises(ChampionError, match="X: the history knows no such version"):
        promote_by_hand(store, "X", "why", DATASET)
    with pytest.raises(ChampionError, match="B: the store holds no undamaged copy"):
        promote_by_hand(store, "B", "why", DATASET)
    assert asked == []


def test_a_promotion_by_hand_that_was_killed_is_finished(store: Store, asked: list[str]) -> None:
    promote_version(store, "A", full_sources(store, "A"))
    promote_version(store, "B")
    event = promote_by_hand(store, "A", "why", DATASET)
    point_to(store, 2)
    assert promote_by_hand(store, "A", "why", DATASET) == event
    assert current_version(store) == "A"
    assert len(ChampionRegistry(store).history()) == 3
