"""A store in a bucket of a real S3 server."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from tasks.configuration.errors import StoreError, TransientError
from tasks.engine.artifacts import Artifact
from tasks.engine.bucket_store import BucketStore
from tasks.engine.objects import Objects
from tasks.engine.opening import open_store, working_folder
from tasks.engine.store import Store
from tests.s3_server import SECRET, S3Server
from tests.tasks.engine.test_store import ADDRESS, publish

pytestmark = pytest.mark.slow

FILES = {"a": b"1", "below/b": b"", "c": b"three" * 2_000_000}


def contents(store: Store, artifact: Artifact) -> dict[str, bytes]:
    return {name: store.path_of(artifact, name).read_bytes() for name in artifact.files}


def test_what_one_machine_publishes_another_finds(here: BucketStore, there: BucketStore) -> None:
    assert there.look_up("split", ADDRESS) is None
    made = publish(here, FILES)
    assert here.look_up("split", ADDRESS) == made
    assert there.look_up("split", ADDRESS) == made
    assert contents(here, made) == contents(there, made) == FILES
    place = there.place_of(made, "a")
    assert place == here.place_of(made, "a")
    found = here.objects.read(place.removeprefix(f"{here}/"))
    assert found is not None
    assert found[0] == b"1"


def test_the_loser_of_a_race_adopts_the_winners_output_and_leaves_nothing(
    here: BucketStore, there: BucketStore
) -> None:
    winner = publish(here, {"a": b"1"})
    loser = publish(there, {"a": b"2"})
    assert loser == winner
    assert contents(there, loser) == {"a": b"1"}
    assert len(here.objects.list("split")) == 2


def test_of_two_that_announce_at_once_one_wins(
    here: BucketStore, there: BucketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Objects.read
    others: list[Artifact] = []

    def read_and_be_overtaken(self: Objects, name: str) -> Any:
        found = read(self, name)
        if found is None and not others:
            monkeypatch.undo()
            others.append(publish(there, {"a": b"2"}))
        return found

    monkeypatch.setattr(Objects, "read", read_and_be_overtaken)
    made = publish(here, {"a": b"1"})
    assert [made] == others
    assert contents(here, made) == {"a": b"2"}


@pytest.mark.parametrize("damage", ["gone", "cut", "other bytes", "no manifest", "manifest"])
def test_what_is_damaged_in_the_bucket_is_made_again(
    here: BucketStore, there: BucketStore, damage: str
) -> None:
    made = publish(here, {"a": b"12"})
    assert there.look_up("split", ADDRESS) == made
    manifest = f"{made.path}/manifest.json"
    (name,) = (n for n in here.objects.list(made.path) if n != manifest)
    if damage == "gone":
        here.objects.delete([name])
    elif damage == "no manifest":
        here.objects.delete([manifest])
    elif damage == "manifest":
        here.objects.write(manifest, b"{")
    else:
        here.objects.write(name, b"1" if damage == "cut" else b"13")
    for store in (here, there):
        assert store.look_up("split", ADDRESS) is None
    again = publish(there, {"a": b"12"})
    for store in (here, there):
        assert store.look_up("split", ADDRESS) == again
        assert contents(store, again) == {"a": b"12"}
    aside = len(here.objects.list(".damaged"))
    assert aside == (0 if damage == "no manifest" else 1)


def test_a_damaged_copy_is_brought_again(here: BucketStore) -> None:
    made = publish(here, FILES)
    here.path_of(made, "a").write_bytes(b"2")
    here.path_of(made, "c").unlink()
    assert here.look_up("split", ADDRESS) == made
    assert contents(here, made) == FILES


def test_an_asked_for_replacement_reaches_the_other_machine(
    here: BucketStore, there: BucketStore
) -> None:
    old = publish(here, {"a": b"1"})
    assert there.look_up("split", ADDRESS) == old
    with there.path_of(old, "a").open("rb") as reader:
        new = publish(here, {"a": b"2"}, replace=True)
        assert there.look_up("split", ADDRESS) == new
        assert reader.read() == b"1"
    assert contents(there, new) == {"a": b"2"}


@pytest.mark.parametrize("fail_at", range(1, 5))
def test_cut_off_at_any_request_it_is_there_whole_or_not_at_all(
    here: BucketStore, there: BucketStore, fail_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = fail_at
    with monkeypatch.context() as patch:
        for name in ("write", "create", "replace"):
            put = getattr(Objects, name)

            def count(*args: Any, put: Any = put) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    raise KeyboardInterrupt
                return put(*args)

            patch.setattr(Objects, name, count)
        try:
            publish(here, FILES)
        except KeyboardInterrupt:
            assert there.look_up("split", ADDRESS) is None
    made = publish(there, FILES)
    assert here.look_up("split", ADDRESS) == made
    assert contents(here, made) == FILES


def test_the_newest_output_is_the_one_used_last(here: BucketStore) -> None:
    assert here.newest("split") is None
    made = publish(here, {"a": b"1"})
    assert here.newest("split") == made
    assert here.holds("split", ADDRESS)
    assert not here.holds("split", "1" * 32)
    here.note_use(made)
    assert here.look_up("split", ADDRESS) == made
    here.note_use(made.model_copy(update={"address": "1" * 32}))
    assert not here.holds("split", "1" * 32)


def test_another_machine_goes_on_from_what_was_reached(
    here: BucketStore, there: BucketStore
) -> None:
    with contextlib.suppress(KeyboardInterrupt), here.workspace("train", ADDRESS) as workspace:
        assert workspace.state("reached").read() is None
        workspace.state("reached").write(b"epoch 1")
        workspace.state("reached").write(b"epoch 2")
        raise KeyboardInterrupt
    with there.workspace("train", ADDRESS) as workspace:
        assert workspace.state("reached").read() == b"epoch 2"
    with there.workspace("train", ADDRESS) as workspace:
        assert workspace.state("reached").read() is None
    with here.workspace("train", ADDRESS) as workspace:
        assert workspace.state("reached").read() == b"epoch 2"


def test_work_goes_on_where_its_state_cannot_be_shared(
    here: BucketStore, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.engine.objects.OUTAGE_SECONDS_MAX", 1)
    cut_off = BucketStore(Objects("wine", str(here).partition("wine/")[2]), here.root)
    with contextlib.suppress(KeyboardInterrupt), cut_off.workspace("train", ADDRESS) as workspace:
        s3_server.stop()
        try:
            workspace.state("reached").write(b"epoch 1")
            assert workspace.state("reached").read() == b"epoch 1"
            with pytest.raises(TransientError, match="the server does not answer"):
                cut_off.look_up("train", ADDRESS)
        finally:
            s3_server.start()
        raise KeyboardInterrupt


def test_only_an_empty_place_becomes_a_store(here: BucketStore, tmp_path: Path) -> None:
    here.create()
    below = f"{here}/runs"
    here.records.write("runs/1.json", b"{}")
    with pytest.raises(StoreError, match="other things lie there"):
        open_store(below).create()
    here.objects.write("store.json", json.dumps({"format": 99}).encode())
    with pytest.raises(StoreError, match="format is 99"):
        open_store(str(here))


def write_format(store: Store, number: int) -> None:
    store.records.write("store.json", json.dumps({"format": number}).encode())


@pytest.mark.parametrize("number", [1, 2])
def test_a_bucket_copied_to_a_folder_is_refused_as_such(
    here: BucketStore, tmp_path: Path, number: int
) -> None:
    publish(here, {"a": b"1"})
    write_format(here, number)
    for name in here.objects.list():
        here.objects.download(name, made_parent(tmp_path / "copy" / name))
    with pytest.raises(
        StoreError, match=f"^{tmp_path}/copy: a copy of a store in a bucket"
    ) as told:
        open_store(str(tmp_path / "copy"))
    assert "name the bucket, or another folder, with --store" in str(told.value)


def test_a_folder_copied_to_a_bucket_is_refused_as_such(bucket: str, tmp_path: Path) -> None:
    folder, there = Store(tmp_path / "folder"), open_store(bucket)
    assert isinstance(there, BucketStore)
    folder.create()
    publish(folder, {"a": b"1"})
    for path in folder.root.rglob("*"):
        if path.is_file():
            there.objects.write(str(path.relative_to(folder.root)), path)
    with pytest.raises(StoreError, match=f"^{bucket}: a copy of a store in a folder") as told:
        open_store(bucket)
    assert "name the folder, or another prefix, with --store" in str(told.value)


@pytest.mark.parametrize("damaged", [False, True])
def test_a_bucket_from_before_it_had_a_format_of_its_own_stays_a_store(
    here: BucketStore, damaged: bool
) -> None:
    assert here.records.read("store.json") == b'{"format": 2}'
    write_format(here, 1)
    assert open_store(str(here)).format_version == 1
    made = publish(here, {"a": b"1"})
    if damaged:
        here.objects.write(f"evaluate/{ADDRESS}/manifest.json", b"{")
    # Outputs that were copied from a folder once are no reason to refuse those of the bucket.
    here.objects.write(f"fetch/{ADDRESS}/manifest.json", made.to_manifest())
    again = open_store(str(here))
    assert again.format_version == 1
    assert again.look_up("split", ADDRESS) == made


def made_parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_stores_in_one_bucket_know_nothing_of_each_other(bucket: str) -> None:
    one, other = open_store(f"{bucket}/one"), open_store(f"{bucket}/one2")
    one.create()
    publish(one, {"a": b"1"})
    other.create()
    assert other.look_up("split", ADDRESS) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "another-secret"}, "access is denied; check AWS_ACCESS_KEY_ID"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "access is denied"),
        ({"AWS_ACCESS_KEY_ID": None}, "there are no credentials"),
        ({"AWS_ALLOW_HTTP": None}, "set AWS_ALLOW_HTTP=true"),
        ({"AWS_ALLOW_HTTP": "perhaps"}, "AWS_ALLOW_HTTP|perhaps"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "the server does not answer"),
    ],
)
def test_what_keeps_one_out_is_told_in_a_line_without_a_secret(
    bucket: str, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str | None], said: str
) -> None:
    for name, value in changes.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)
    monkeypatch.setattr("tasks.engine.objects.OPENING_SECONDS_MAX", 1)
    with pytest.raises(StoreError, match=said) as caught:
        open_store(bucket)
    text = str(caught.value)
    assert "\n" not in text
    assert SECRET not in text
    assert "another-secret" not in text


def test_a_bucket_that_is_not_there_is_named(s3_server: S3Server) -> None:
    with pytest.raises(StoreError, match="s3://no-such-bucket/a: there is no such bucket"):
        open_store("s3://no-such-bucket/a")


def test_two_servers_have_two_working_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    one = working_folder("s3://wine/a")
    assert one == working_folder("s3://wine/a") != working_folder("s3://wine/b")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
    assert working_folder("s3://wine/a") != one
