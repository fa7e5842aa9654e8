from __future__ import annotations

from pathlib import Path

import pytest

from tasks.engine.artifacts import FileRecord
from tasks.engine.store import Store
from tasks.errors import StoreError
from tasks.modelling.champion import ChampionRoom


def install(store: Store, folder: Path, version: str, content: bytes = b"weights"):
    source = folder / f"{version}.keras"
    source.write_bytes(content)
    return ChampionRoom(store).install(
        version, "d" * 32, {"trained": "t"}, {"model.keras": (source, FileRecord.of(source))}
    )


def test_there_is_no_champion_before_the_first(store: Store) -> None:
    assert ChampionRoom(store).current() is None


def test_the_champion_holds_its_own_copies(store: Store, tmp_path: Path) -> None:
    champion = install(store, tmp_path, "a" * 16)
    (tmp_path / f"{'a' * 16}.keras").unlink()
    room = ChampionRoom(store)
    assert room.current() == champion
    assert room.path_of(champion, "model.keras").read_bytes() == b"weights"


def test_a_new_champion_leaves_the_old_ones_files(store: Store, tmp_path: Path) -> None:
    old = install(store, tmp_path, "a" * 16)
    new = install(store, tmp_path, "b" * 16, b"better")
    room = ChampionRoom(store)
    assert room.current() == new
    assert room.path_of(old, "model.keras").read_bytes() == b"weights"


def test_installing_again_repairs_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    champion = install(store, tmp_path, "a" * 16)
    assert install(store, tmp_path, "a" * 16) == champion
    room = ChampionRoom(store)
    room.path_of(champion, "model.keras").write_bytes(b"damaged")
    assert install(store, tmp_path, "a" * 16) == champion
    assert room.path_of(champion, "model.keras").read_bytes() == b"weights"


@pytest.mark.parametrize("fail_at", range(1, 9))
def test_a_fault_at_any_step_leaves_the_old_champion_or_the_new(
    store: Store, tmp_path: Path, fail_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = install(store, tmp_path, "a" * 16)
    calls = 0

    def count(original):
        def failing(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == fail_at:
                raise OSError("pulled the plug")
            return original(*args, **kwargs)

        return failing

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "mkdir"):
            patch.setattr(Path, name, count(getattr(Path, name)))
        try:
            install(store, tmp_path, "b" * 16, b"better")
        except OSError:
            assert ChampionRoom(store).current() == old
    new = install(store, tmp_path, "b" * 16, b"better")
    assert ChampionRoom(store).current() == new


@pytest.mark.parametrize("damage", ["pointer", "file", "gone"])
def test_a_damaged_champion_is_an_error_with_advice_not_a_loss(
    store: Store, tmp_path: Path, damage: str
) -> None:
    champion = install(store, tmp_path, "a" * 16)
    room = ChampionRoom(store)
    if damage == "pointer":
        (store.root / "champion/champion.json").write_text("{")
    elif damage == "file":
        room.path_of(champion, "model.keras").write_bytes(b"weighty")
    else:
        room.path_of(champion, "model.keras").unlink()
    with pytest.raises(StoreError, match="restore it from a backup"):
        room.current()


def test_a_file_that_was_replaced_is_not_installed(store: Store, tmp_path: Path) -> None:
    old = install(store, tmp_path, "a" * 16)
    source = tmp_path / "model.keras"
    source.write_bytes(b"looked up")
    record = FileRecord.of(source)
    source.write_bytes(b"replaced!")
    room = ChampionRoom(store)
    with pytest.raises(StoreError, match="run again"):
        room.install("b" * 16, "d" * 32, {}, {"model.keras": (source, record)})
    assert room.current() == old
