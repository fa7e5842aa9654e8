from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.configuration.errors import StoreError
from tasks.engine.run import Run
from tasks.storage.artifacts import Artifact, FileRecord, Output
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tests.store_contents import end_run, tree

ADDRESS = "0" * 32


def publish(store: Store, files: dict[str, bytes], address: str = ADDRESS, **options) -> Artifact:
    draft = Artifact(stage="split", address=address, digest="pending")
    with store.workspace("split", address) as workspace:
        for name, content in files.items():
            path = workspace.output / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return store.publish(draft, workspace, Output(facts={"files": len(files)}), **options)


def contents(store: Store, artifact: Artifact) -> dict[str, bytes]:
    return {name: store.path_of(artifact, name).read_bytes() for name in artifact.files}


names = st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?\.bin", fullmatch=True)


@settings(max_examples=40)
@given(files=st.dictionaries(names, st.binary(max_size=200), max_size=4))
def test_a_round_trip_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    store = open_store(str(tmp_path_factory.mktemp("store")))
    made = publish(store, files)
    assert open_store(str(store.root)).look_up("split", ADDRESS) == made
    assert contents(store, made) == files
    assert not (store.root / ".work" / "split" / ADDRESS).exists()


def test_the_loser_of_a_race_adopts_the_winners_output_and_leaves_nothing(
    any_store: Store,
) -> None:
    winner = publish(any_store, {"a": b"1"})
    loser = publish(any_store, {"a": b"2"})
    assert loser == winner
    assert contents(any_store, loser) == {"a": b"1"}
    assert len(any_store.objects.list("split")) == 2


def test_of_two_that_announce_at_once_one_wins(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects, other = any_store.objects, open_store(str(any_store))
    read, others = objects.read, list[Artifact]()

    def read_and_be_overtaken(name: str) -> Any:
        found = read(name)
        if found is None and not others:
            # Past the lock, as another machine is.
            other.lock = lambda *_: contextlib.nullcontext(True)  # type: ignore[method-assign]
            others.append(publish(other, {"a": b"2"}))
        return found

    monkeypatch.setattr(objects, "read", read_and_be_overtaken)
    with any_store.workspace("split", ADDRESS) as workspace:
        (workspace.output / "a").write_bytes(b"1")
        mine = workspace.output.rename(any_store.root / "mine")
    workspace.output = mine
    draft = Artifact(stage="split", address=ADDRESS, digest="pending")
    made = any_store.publish(draft, workspace, Output())
    assert [made] == others
    assert contents(any_store, made) == {"a": b"2"}


def test_of_many_that_publish_at_once_all_have_the_same(any_store: Store) -> None:
    machines = [open_store(str(any_store)) for _ in range(4)]
    for number, machine in enumerate(machines):
        (machine.root / f"mine-{number}").mkdir(parents=True)
        (machine.root / f"mine-{number}" / "a").write_bytes(b"%d" % number)
    start = threading.Barrier(len(machines))

    def announce(number: int) -> Artifact:
        machine = machines[number]
        draft = Artifact(stage="split", address=ADDRESS, digest="pending")
        workspace = SimpleNamespace(output=machine.root / f"mine-{number}")
        start.wait()
        return machine.publish(draft, workspace, Output())  # type: ignore[arg-type]

    with ThreadPoolExecutor(len(machines)) as pool:
        made = list(pool.map(announce, range(len(machines))))
    assert made == [made[0]] * len(machines)
    assert any_store.look_up("split", ADDRESS) == made[0]
    assert len(any_store.objects.list("split")) == 2


def test_an_asked_for_replacement_replaces_and_keeps_the_old(any_store: Store) -> None:
    old = publish(any_store, {"a": b"1"})
    with any_store.path_of(old, "a").open("rb") as reader:
        made = publish(any_store, {"a": b"2"}, replace=True)
        assert reader.read() == b"1"
    assert any_store.look_up("split", ADDRESS) == made
    assert contents(any_store, made) == {"a": b"2"}
    (aside,) = any_store.objects.list(".damaged")
    assert any_store.read_manifest(aside) == old
    assert contents(any_store, old) == {"a": b"1"}


@pytest.mark.parametrize("damage", ["gone", "cut", "other bytes", "no manifest", "manifest"])
def test_what_is_damaged_is_not_found_and_is_made_again(any_store: Store, damage: str) -> None:
    made, objects = publish(any_store, {"a": b"12"}), any_store.objects
    assert any_store.look_up("split", ADDRESS) == made
    manifest, file = f"{made.path}/manifest.json", f"{made.folder}/a"
    if damage in ("gone", "no manifest"):
        objects.delete([file if damage == "gone" else manifest])
    elif damage == "manifest":
        found = objects.read(manifest)
        assert found
        objects.write(manifest, found.content.replace(b"split", b"spilt"))
    else:
        objects.write(file, b"1" if damage == "cut" else b"13")
    assert any_store.look_up("split", ADDRESS) is None
    again = publish(any_store, {"a": b"12"})
    assert again.digest == made.digest
    assert any_store.look_up("split", ADDRESS) == again
    assert contents(any_store, again) == {"a": b"12"}
    assert len(objects.list(".damaged")) == (damage != "no manifest")


@pytest.mark.parametrize("fail_at", range(1, 4))
def test_cut_off_at_any_write_it_is_there_whole_or_not_at_all(
    any_store: Store, fail_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, left = {"a": b"1", "below/b": b"", "c": b"three" * 2_000_000}, fail_at
    with monkeypatch.context() as patch:
        for name in ("write", "create", "replace", "take_in"):
            put = getattr(any_store.objects, name)

            def count(*args: Any, put: Any = put) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    raise KeyboardInterrupt
                return put(*args)

            patch.setattr(any_store.objects, name, count)
        try:
            publish(any_store, files)
        except KeyboardInterrupt:
            assert any_store.look_up("split", ADDRESS) is None
    made = publish(any_store, files)
    assert any_store.look_up("split", ADDRESS) == made
    assert contents(any_store, made) == files


def test_a_disk_that_is_full_at_the_manifest_gets_the_room_of_the_files_back(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(any_store.objects, "create", Mock(side_effect=full))
        with pytest.raises(OSError, match="No space left"):
            publish(any_store, {"a": b"1"})
    assert list(any_store.objects.list("split")) == []
    made = publish(any_store, {"a": b"1"})
    assert any_store.look_up("split", ADDRESS) == made


def test_a_look_up_in_a_folder_reads_the_files_where_they_lie(store: Store) -> None:
    made = publish(store, {"a": b"1", "b/c": b"2"})
    before = tree(Run(store, ""))
    assert store.look_up("split", ADDRESS) == made
    assert tree(Run(store, "")) == before
    assert Path(store.place_of(made, "a")).read_bytes() == b"1"


def test_an_output_is_held_at_its_address_alone(any_store: Store) -> None:
    made = publish(any_store, {"a": b"1"})
    assert any_store.holds("split", ADDRESS)
    assert not any_store.holds("split", "1" * 32)
    any_store.note_use(made)
    assert any_store.look_up("split", ADDRESS) == made
    any_store.note_use(made.model_copy(update={"address": "1" * 32}))
    assert not any_store.holds("split", "1" * 32)


def test_a_manifest_at_another_address_is_not_believed(any_store: Store) -> None:
    made = publish(any_store, {"a": b"1"})
    any_store.objects.write(f"split/{'1' * 32}/manifest.json", made.to_manifest())
    assert any_store.look_up("split", "1" * 32) is None


@pytest.mark.parametrize("number", [1, 2])
def test_an_output_of_an_earlier_version_is_found_and_replaced(
    any_store: Store, number: int
) -> None:
    """It has its files beside the manifest, which knows of no attempt."""
    any_store.objects.write("store.json", json.dumps({"format": number}).encode())
    store, draft = open_store(str(any_store)), Artifact(stage="split", address=ADDRESS, digest="d")
    store.objects.write(f"{draft.path}/a/b", b"old")
    files = {"a/b": FileRecord(size_bytes=3, sha256=hashlib.sha256(b"old").hexdigest())}
    old = draft.model_copy(update={"files": files})
    sealed = json.loads(old.to_manifest())["manifest"].encode()
    store.objects.write(f"{old.path}/manifest.json", sealed)
    assert store.format_version == number
    end_run(store, old)
    assert store.look_up("split", ADDRESS) == store.newest("split") == old
    assert contents(store, old) == {"a/b": b"old"}
    new = publish(store, {"a/b": b"new"}, replace=True)
    assert store.look_up("split", ADDRESS) == new
    assert contents(store, new) == {"a/b": b"new"}
    assert contents(store, old) == {"a/b": b"old"}


@pytest.mark.slow
@pytest.mark.parametrize("to_bucket", [True, False])
def test_a_store_may_be_copied_from_a_folder_to_a_bucket_and_back(
    store: Store, here: Store, to_bucket: bool
) -> None:
    origin, copy = (store, here) if to_bucket else (here, store)
    made = publish(origin, {"a": b"1", "b/c": b"2"})
    for name in origin.objects.list():
        found = origin.objects.read(name)
        assert found
        copy.objects.write(name, found.content)
    opened = open_store(str(copy))
    assert opened.look_up("split", ADDRESS) == made
    assert contents(opened, made) == {"a": b"1", "b/c": b"2"}


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


def test_only_an_empty_place_becomes_a_store(any_store: Store) -> None:
    any_store.create()
    any_store.records.write("runs/1.json", b"{}")
    below = open_store(f"{any_store}/runs")
    assert below.is_taken()
    with pytest.raises(StoreError, match="holds other things and is no store"):
        below.create()
    assert list(below.objects.list()) == ["1.json"]


@pytest.mark.parametrize("about", [b'{"format": 99}', b"{", b"[]"])
def test_a_store_of_another_format_is_refused(any_store: Store, about: bytes) -> None:
    any_store.objects.write("store.json", about)
    found = "99" if b"99" in about else "unreadable"
    with pytest.raises(StoreError, match=rf"format is {found}, .* name another with --store"):
        open_store(str(any_store))


def test_a_file_in_the_stores_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "store"):
        with pytest.raises(StoreError, match="not a folder"):
            open_store(str(place))
