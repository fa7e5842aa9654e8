from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.champions.champion import POINTER, Champion, ChampionRegistry
from tasks.champions.history import Event
from tasks.champions.installation import finish_change
from tasks.configuration.errors import StoreError
from tasks.storage.store import Store
from tests.champions import current_version, keep, promote_version, write_sources

OLD, NEW = "a" * 16, "b" * 16


def finish(registry: ChampionRegistry) -> Event | None:
    return finish_change(registry, registry.history())


def test_there_is_no_champion_before_the_first(store: Store) -> None:
    assert ChampionRegistry(store).current() is None
    assert ChampionRegistry(store).history() == []
    assert finish(ChampionRegistry(store)) is None


def test_the_champion_holds_its_own_copies(store: Store, tmp_path: Path) -> None:
    sources = write_sources(tmp_path / "out", {"model.keras": b"weights"})
    event = promote_version(store, OLD, sources)
    sources["model.keras"][0].unlink()
    registry = ChampionRegistry(store)
    champion = registry.current()
    assert champion == Champion.from_event(event)
    assert registry.path_of(champion, "model.keras").read_bytes() == b"weights"


def test_a_new_champion_leaves_the_old_ones_files(store: Store) -> None:
    old, new = promote_version(store, OLD), promote_version(store, NEW)
    registry = ChampionRegistry(store)
    assert registry.current() == Champion.from_event(new)
    assert registry.is_intact(Champion.from_event(old))
    assert [event.number for event in registry.history()] == [1, 2]
    assert (new.champion_before, new.champion_after) == (OLD, NEW)


def test_a_decision_that_keeps_the_champion_is_noted_and_changes_nothing(store: Store) -> None:
    promote_version(store, OLD)
    event = keep(store, NEW)
    assert (event.champion_before, event.champion_after, event.folder) == (OLD, OLD, None)
    assert current_version(store) == OLD
    assert finish(ChampionRegistry(store)) is None


def test_copies_that_are_there_and_sound_serve_again_and_damaged_ones_are_not_touched(
    store: Store, tmp_path: Path
) -> None:
    sources = write_sources(tmp_path / "out", {"model.keras": b"weights", "figures.json": b"{}"})
    first, other = promote_version(store, OLD, sources), promote_version(store, NEW)
    again = promote_version(store, OLD, sources)
    assert again.folder == first.folder
    registry = ChampionRegistry(store)
    damaged = registry.path_of(Champion.from_event(first), "model.keras")
    damaged.write_bytes(b"damaged")
    promote_version(store, NEW)
    mended = promote_version(store, OLD, sources)
    assert mended.folder not in (first.folder, other.folder)
    assert damaged.read_bytes() == b"damaged"
    assert registry.current() == Champion.from_event(mended)


def test_copies_of_two_decisions_on_one_model_never_mix(store: Store, tmp_path: Path) -> None:
    one = promote_version(
        store, OLD, write_sources(tmp_path / "1", {"m": b"w", "decision.json": b"1"})
    )
    two = promote_version(
        store, OLD, write_sources(tmp_path / "2", {"m": b"w", "decision.json": b"2"})
    )
    assert one.folder != two.folder
    registry = ChampionRegistry(store)
    assert registry.is_intact(Champion.from_event(one))
    assert registry.is_intact(Champion.from_event(two))


@pytest.mark.parametrize("name", ["rename", "replace", "mkdir", "hardlink_to", "unlink"])
@pytest.mark.parametrize("fail_at", range(1, 6))
def test_a_fault_at_any_step_leaves_the_old_champion_or_the_new(
    store: Store, name: str, fail_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote_version(store, OLD)
    calls, original = 0, getattr(Path, name)

    def failing(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == fail_at:
            raise OSError("pulled the plug")
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Path, name, failing)
        try:
            promote_version(store, NEW)
        except OSError:
            assert current_version(store) in (OLD, NEW)
    registry = ChampionRegistry(store)
    if finish(registry) is None and current_version(store) == OLD:
        promote_version(store, NEW)
    assert current_version(store) == NEW
    assert [event.version for event in registry.history()] == [OLD, NEW]


def test_a_change_that_was_left_unfinished_is_finished_once(store: Store) -> None:
    old, new = promote_version(store, OLD), promote_version(store, NEW)
    registry = ChampionRegistry(store)
    (store.root / POINTER).write_text(json.dumps({"event": old.number, "version": OLD}))
    assert current_version(store) == OLD
    assert finish(registry) == new
    assert current_version(store) == NEW
    assert finish(registry) is None


@pytest.mark.parametrize(
    "damage",
    ["pointer", "text", "endless", "number", "event", "event gone", "file", "gone"],
)
def test_a_damaged_champion_is_an_error_with_advice_not_a_loss(store: Store, damage: str) -> None:
    promote_version(store, NEW)
    event = promote_version(store, OLD)
    registry = ChampionRegistry(store)
    champion, path = Champion.from_event(event), store.root / "champion/history/00000002.json"
    if damage == "pointer":
        (store.root / POINTER).write_text("{")
    elif damage in ("text", "endless"):
        number = '"2"' if damage == "text" else "1e999"
        (store.root / POINTER).write_text(f'{{"event":{number},"version":"{OLD}"}}')
    elif damage == "number":
        (store.root / POINTER).write_text((store.root / POINTER).read_text().replace("2", "1"))
    elif damage == "event":
        path.write_bytes(path.read_bytes().replace(b"1.25", b"1.15"))
    elif damage == "event gone":
        path.unlink()
    elif damage == "file":
        registry.path_of(champion, "model.keras").write_bytes(b"weighty")
    else:
        registry.path_of(champion, "model.keras").unlink()
    with pytest.raises(StoreError, match=r"restore (it|both) from a backup"):
        registry.current()


def test_a_folder_in_the_pointers_place_is_named(store: Store) -> None:
    promote_version(store, OLD)
    (store.root / POINTER).unlink()
    (store.root / POINTER).mkdir()
    with pytest.raises(StoreError, match="a folder stands where a file belongs"):
        ChampionRegistry(store).current()


def test_a_pointer_that_was_removed_is_found_again(store: Store) -> None:
    event = promote_version(store, OLD)
    registry = ChampionRegistry(store)
    (store.root / POINTER).unlink()
    assert current_version(store) == OLD
    assert finish(registry) == event
    assert current_version(store) == OLD


def test_a_file_that_was_replaced_is_not_installed(store: Store, tmp_path: Path) -> None:
    promote_version(store, OLD)
    sources = write_sources(tmp_path / "out", {"model.keras": b"looked up"})
    sources["model.keras"][0].write_bytes(b"replaced!")
    with pytest.raises(StoreError, match="run again"):
        promote_version(store, NEW, sources)
    assert current_version(store) == OLD
    assert len(ChampionRegistry(store).history()) == 1


@pytest.mark.heavy
def test_a_reader_never_sees_half_a_champion(store: Store) -> None:
    promote_version(store, OLD)
    seen: set[str | None] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(current_version(store))

    with ThreadPoolExecutor() as beside:
        reading = beside.submit(read)
        for number in range(40):
            promote_version(store, f"{number:016}")
        done.set()
        reading.result()
    assert None not in seen
    assert len(seen) > 2
