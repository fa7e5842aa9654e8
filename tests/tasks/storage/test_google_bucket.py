"""A store in a bucket of Google's, whose conditional puts go by generations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.storage.bucket import BucketObjects
from tasks.storage.objects import ConflictError
from tasks.storage.opening import open_store
from tasks.storage.pruning import choose_to_prune, prune
from tasks.storage.store import Store
from tests.google_server import running_google_server
from tests.tasks.storage.test_store import ADDRESS, contents, publish

pytestmark = pytest.mark.slow


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with running_google_server() as url:
        monkeypatch.setenv("GOOGLE_BASE_URL", url)
        monkeypatch.setenv("GOOGLE_ALLOW_HTTP", "true")
        monkeypatch.setenv("GOOGLE_BEARER_TOKEN", "a-token")
        monkeypatch.setenv("WINE_POINTS_CACHE", str(tmp_path / "here"))
        made = open_store("gs://wine/points")
        made.create()
        yield made


@pytest.fixture
def there(store: Store, tmp_path: Path) -> Store:
    """The same store on another machine."""
    return Store(BucketObjects(str(store), tmp_path / "there"))


def test_what_one_machine_publishes_another_finds_or_adopts(store: Store, there: Store) -> None:
    made = publish(store, {"a": b"1", "below/b": b""})
    assert there.look_up("split", ADDRESS) == made
    assert contents(there, made) == {"a": b"1", "below/b": b""}
    assert publish(there, {"a": b"2"}) == made
    again = publish(there, {"a": b"2"}, replace=True)
    assert store.look_up("split", ADDRESS) == again
    assert str(store) == "gs://wine/points"


def test_only_what_is_unchanged_is_replaced(store: Store) -> None:
    objects = store.objects
    objects.create("a.json", b"1")
    with pytest.raises(FileExistsError):
        objects.create("a.json", b"2")
    found = objects.read("a.json")
    assert found
    objects.replace("a.json", b"3", found.version)
    with pytest.raises(ConflictError):
        objects.replace("a.json", b"4", found.version)
    assert objects.read_all(["a.json"]) == {"a.json": b"3"}


def test_no_change_is_lost(store: Store) -> None:
    start = threading.Barrier(4)

    def add(number: int) -> None:
        start.wait()
        for turn in range(5):
            entry = b"%d-%d " % (number, turn)
            store.records.update("a.json", lambda held, new=entry: (held or b"") + new)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    added = (store.records.read("a.json") or b"").split()
    assert sorted(added) == sorted(b"%d-%d" % (n, turn) for n in range(4) for turn in range(5))


def test_what_no_run_used_is_pruned(store: Store) -> None:
    made = publish(store, {"a": b"1"})
    chosen = choose_to_prune(store, keep_runs=0, keep_hours=-1)
    assert [entry.name for entry in prune(store, chosen, keep_hours=-1)] == [made.path]
    assert list(store.objects.list()) == ["store.json"]
