"""What the records of a store do, whether it is a folder or a bucket."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tests.s3_server import S3Server


def test_a_record_holds_what_was_written_last(any_store: Store) -> None:
    records = any_store.records
    assert records.read("runs/a.json") is None
    for content in (b"1", b"", b"two" * 1000):
        records.write("runs/a.json", content)
        assert records.read("runs/a.json") == content
        assert records.local("runs/a.json").read_bytes() == content
    assert records.place("runs/a.json").startswith(str(any_store))


def test_of_several_that_create_one_succeeds(any_store: Store) -> None:
    def create(number: int) -> bool:
        try:
            any_store.records.create("history/1.json", str(number).encode())
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(create, range(8)))
    assert won.count(True) == 1
    assert any_store.records.read("history/1.json") == str(won.index(True)).encode()


def test_a_folder_lists_its_own_records_in_their_order(any_store: Store) -> None:
    records = any_store.records
    assert records.names("runs") == []
    for name in ("runs/b.json", "runs/a.json", "runs/below/c.json", "runs2/d.json", "runs/e.txt"):
        records.write(name, name.encode())
    assert records.names("runs") == ["runs/a.json", "runs/b.json"]
    wanted = ["runs/b.json", "runs/gone.json", "runs/a.json"]
    assert list(records.read_all(wanted).items()) == [
        ("runs/b.json", b"runs/b.json"),
        ("runs/a.json", b"runs/a.json"),
    ]


def test_a_change_sees_what_is_there_and_may_leave_it(any_store: Store) -> None:
    records = any_store.records
    seen = []

    def change(content: bytes | None) -> bytes | None:
        seen.append(content)
        return b"new" if content is None else None

    records.update("a.json", change)
    records.update("a.json", change)
    assert seen == [None, b"new"]
    assert records.read("a.json") == b"new"


def test_no_change_is_lost_though_nothing_is_locked(any_store: Store) -> None:
    machines = [open_store(str(any_store)).records for _ in range(4)]
    start = threading.Barrier(len(machines))

    def add(number: int) -> None:
        start.wait()
        for turn in range(10):
            entry = b"%d-%d " % (number, turn)
            machines[number].update("a.json", lambda held, new=entry: (held or b"") + new)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    added = (machines[0].read("a.json") or b"").split()
    assert sorted(added) == sorted(b"%d-%d" % (n, turn) for n in range(4) for turn in range(10))


def test_what_is_used_is_newer_and_what_is_not_is_forgotten(any_store: Store) -> None:
    records = any_store.records
    names = [f"accepted/{name}.json" for name in "abc"]
    for name in names:
        records.write(name, b"profile")
    assert records.last_used("accepted/none.json") == 0.0
    records.touch("accepted/none.json")
    assert records.read("accepted/none.json") is None
    before = records.last_used(names[0])
    # A server may count whole seconds.
    assert abs(before - time.time()) < 60
    records.touch(names[0])
    assert records.last_used(names[0]) >= before
    assert records.read(names[0]) == b"profile"
    records.forget("accepted", {names[1]}, before=0)
    assert records.names("accepted") == names
    records.forget("accepted", {names[1]}, before=math.inf)
    assert records.names("accepted") == [names[1]]


def test_what_a_kill_left_in_a_folder_is_forgotten(store: Store) -> None:
    store.records.write("accepted/a.json", b"")
    (store.root / "accepted/.a.json.1.2").touch()
    store.records.forget("accepted", {"accepted/a.json"}, before=math.inf)
    assert [path.name for path in (store.root / "accepted").iterdir()] == ["a.json"]


@pytest.mark.slow
def test_a_server_that_comes_back_is_waited_for(bucket: str, s3_server: S3Server) -> None:
    records = open_store(bucket).records
    records.write("a.json", b"before")
    s3_server.stop()
    with ThreadPoolExecutor() as beside:
        writing = beside.submit(records.write, "a.json", b"after")
        reading = beside.submit(records.read_all, ["a.json"])
        s3_server.start()
        writing.result()
        assert reading.result()["a.json"] in (b"before", b"after")
    assert records.read("a.json") == b"after"


def test_trying_to_write_leaves_nothing_behind(any_store: Store) -> None:
    any_store.records.write("runs/a.json", b"1")
    any_store.records.try_writing()
    assert any_store.records.read(".probe") is None
    assert any_store.records.read("runs/a.json") == b"1"
