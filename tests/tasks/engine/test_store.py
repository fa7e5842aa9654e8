from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.configuration.errors import StoreError
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.atomic_files import explain_os_errors, write_atomically
from tasks.engine.store import Store

ADDRESS = "0" * 32


def publish(store: Store, files: dict[str, bytes], address: str = ADDRESS, **options) -> Artifact:
    draft = Artifact(stage="split", address=address, digest="pending")
    with store.workspace("split", address) as workspace:
        for name, content in files.items():
            path = workspace.output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return store.publish(draft, workspace, Output(facts={"files": len(files)}), **options)


names = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.bin", fullmatch=True)


@settings(max_examples=40)
@given(files=st.dictionaries(names, st.binary(max_size=200), max_size=4))
def test_a_round_trip_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    made = publish(store, files)
    found = Store(store.root).look_up("split", ADDRESS)
    assert found == made
    assert {n: store.path_of(made, n).read_bytes() for n in made.files} == files
    assert not (store.root / ".work" / "split" / ADDRESS).exists()


def test_the_loser_of_a_race_adopts_the_winners_output(store: Store) -> None:
    winner = publish(store, {"a": b"1"})
    loser = publish(store, {"a": b"2"})
    assert loser == winner
    assert store.path_of(loser, "a").read_bytes() == b"1"


def test_an_asked_for_replacement_replaces_and_keeps_the_old(store: Store) -> None:
    publish(store, {"a": b"1"})
    made = publish(store, {"a": b"2"}, replace=True)
    assert store.look_up("split", ADDRESS) == made
    (aside,) = (store.root / ".damaged").iterdir()
    assert (aside / "a").read_bytes() == b"1"


@pytest.mark.parametrize("damage", ["delete file", "flip file", "delete manifest", "flip manifest"])
def test_a_damaged_output_is_not_found_and_is_replaced(store: Store, damage: str) -> None:
    made = publish(store, {"a": b"content"})
    path = store.path_of(made, "a" if "file" in damage else "manifest.json")
    if "delete" in damage:
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert store.look_up("split", ADDRESS) is None
    assert publish(store, {"a": b"content"}) == made
    assert store.look_up("split", ADDRESS) == made
    assert list((store.root / ".damaged").iterdir())


def test_a_manifest_at_another_address_is_not_believed(store: Store) -> None:
    made = publish(store, {"a": b"1"})
    (store.root / made.path).rename(store.root / "split" / ("1" * 32))
    assert store.look_up("split", "1" * 32) is None


def test_a_failure_leaves_no_half_written_output_but_what_can_be_resumed(store: Store) -> None:
    def fail(with_resume: bool) -> None:
        with store.workspace("train", ADDRESS) as workspace:
            (workspace.output / "half").write_bytes(b"half")
            if with_resume:
                (workspace.resume / "state").write_bytes(b"state")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail(with_resume=False)
    assert not list((store.root / ".work").rglob("*.*"))
    assert not (store.root / ".work" / "train" / ADDRESS).exists()
    with pytest.raises(RuntimeError):
        fail(with_resume=True)
    with store.workspace("train", ADDRESS) as workspace:
        assert not list(workspace.output.iterdir())
        assert (workspace.resume / "state").read_bytes() == b"state"


def test_another_format_or_a_folder_of_other_things_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "store.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(StoreError, match="format is 99"):
        Store(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.docx").touch()
    with pytest.raises(StoreError, match="no store"):
        Store(other).create()
    assert [p.name for p in other.iterdir()] == ["thesis.docx"]


@pytest.mark.parametrize("damage", [None, b"{", b"\xff", b"[]", b"1"])
def test_a_folder_with_outputs_stays_a_store_whatever_a_manifest_says(
    store: Store, damage: bytes | None
) -> None:
    made = publish(store, {"a": b"1"})
    if damage is not None:
        store.path_of(made, "manifest.json").write_bytes(damage)
    assert Store(store.root).format_version == 1


def test_a_file_in_the_stores_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(StoreError, match="not a folder"):
            Store(place)


@pytest.mark.parametrize(
    ("number", "advice"), [(errno.ENOSPC, "disk is full"), (errno.ENOLCK, "has no locks")]
)
def test_what_a_file_system_refuses_is_explained(number: int, advice: str) -> None:
    with pytest.raises(StoreError, match=advice), explain_os_errors(Path("/store")):
        raise OSError(number, os.strerror(number))


@pytest.mark.parametrize("named", ["/srv/store/split/a", "/srv/store", "/srv", b"/srv/store/a", 7])
def test_an_error_in_the_store_or_above_it_or_of_no_name_is_the_stores(named: object) -> None:
    with pytest.raises(StoreError), explain_os_errors(Path("/srv/store")):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), named)


@pytest.mark.parametrize(
    "named", ["/root/.cache/matplotlib/fonts", "/srv/store2/a", b"/tmp/a", "a"]
)
def test_an_error_elsewhere_is_not_the_stores(named: object) -> None:
    with pytest.raises(PermissionError), explain_os_errors(Path("/srv/store")):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), named)


def test_an_atomic_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="broken"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("number", "is_taken"), [(errno.EINVAL, True), (errno.EIO, False)])
def test_only_a_file_system_that_cannot_flush_folders_may_leave_them(
    tmp_path: Path, monkeypatch, number: int, is_taken: bool
) -> None:
    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse_folders)
    with contextlib.nullcontext() if is_taken else pytest.raises(OSError, match="Input/output"):
        write_atomically(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
