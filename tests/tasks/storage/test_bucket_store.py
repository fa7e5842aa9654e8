"""A store in a bucket of a real S3 server."""

from __future__ import annotations

import contextlib

import pytest

from tasks.configuration.errors import StoreError, TransientError
from tasks.storage.bucket import BucketObjects
from tasks.storage.opening import open_store, working_folder
from tasks.storage.store import Store
from tests.s3_server import SECRET, S3Server
from tests.tasks.storage.test_store import ADDRESS, contents, publish

pytestmark = pytest.mark.slow

FILES = {"a": b"1", "below/b": b"", "c": b"three" * 2_000_000}


def test_what_one_machine_publishes_another_finds(here: Store, there: Store) -> None:
    assert there.look_up("split", ADDRESS) is None
    made = publish(here, FILES)
    assert here.look_up("split", ADDRESS) == made
    assert there.look_up("split", ADDRESS) == made
    assert contents(here, made) == contents(there, made) == FILES
    place = there.place_of(made, "a")
    assert place == here.place_of(made, "a")
    found = here.objects.read(place.removeprefix(f"{here}/"))
    assert found is not None
    assert found.content == b"1"


@pytest.mark.parametrize("damage", ["gone", "cut", "other bytes", "no manifest", "manifest"])
def test_what_is_damaged_in_the_bucket_is_made_again(
    here: Store, there: Store, damage: str
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


def test_a_damaged_copy_is_brought_again(here: Store) -> None:
    made = publish(here, FILES)
    here.path_of(made, "a").write_bytes(b"2")
    here.path_of(made, "c").unlink()
    assert here.look_up("split", ADDRESS) == made
    assert contents(here, made) == FILES


def test_an_asked_for_replacement_reaches_the_other_machine(here: Store, there: Store) -> None:
    old = publish(here, {"a": b"1"})
    assert there.look_up("split", ADDRESS) == old
    with there.path_of(old, "a").open("rb") as reader:
        new = publish(here, {"a": b"2"}, replace=True)
        assert there.look_up("split", ADDRESS) == new
        assert reader.read() == b"1"
    assert contents(there, new) == {"a": b"2"}


def test_another_machine_goes_on_from_what_was_reached(here: Store, there: Store) -> None:
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
    here: Store, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.storage.bucket.OUTAGE_SECONDS_MAX", 1)
    cut_off = Store(BucketObjects(str(here), here.root))
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
    monkeypatch.setattr("tasks.storage.bucket.OPENING_SECONDS_MAX", 1)
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
