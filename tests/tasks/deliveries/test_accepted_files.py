"""How long what was accepted is remembered."""

from __future__ import annotations

import shutil

import pytest

from tasks.configuration.errors import StoreError
from tasks.deliveries.acceptance import (
    DeliveryId,
    remember_acceptance,
    settle_comparison,
)
from tasks.deliveries.accepted_files import FILES_MAX, SOURCES_MAX
from tasks.deliveries.references import Comparison
from tasks.engine.run import Run
from tasks.storage.store import Store
from tests.accepted_deliveries import (
    URL,
    accept,
    checked,
    grow_old,
    kept_profiles,
    remembered,
    rows_of,
)


def test_only_what_will_be_compared_with_again_is_kept(store: Store) -> None:
    run = Run(store, URL)
    for number in range(8):
        grow_old(store)
        accept(run, f"file {number}", 100 + number)
    assert len(kept_profiles(store)) == 2
    assert rows_of(store, settle_comparison(run, DeliveryId("file 7", {}), "last")) == 106


def test_what_a_run_under_way_settled_on_stays(store: Store) -> None:
    run, other = Run(store, URL), Run(store, URL)
    accept(run, "first", 100)
    grow_old(store)
    under_way = settle_comparison(other, DeliveryId("x", {}), "last")
    for number in range(3):
        accept(run, f"file {number}", 200 + number)
    assert rows_of(store, under_way) == 100
    # What is looked up without a run is not noted.
    other.planning = True
    before = {path: path.stat().st_mtime for path in kept_profiles(store)}
    settle_comparison(other, DeliveryId("x", {}), "last")
    assert {path: path.stat().st_mtime for path in kept_profiles(store)} == before


def test_a_name_for_each_delivery_does_not_fill_the_store(store: Store) -> None:
    scheduled = Run(store, URL)
    accept(scheduled, "scheduled", 50)
    accept(Run(store, "demo"), "made up", 60)
    for number in range(SOURCES_MAX + 10):
        grow_old(store, days=1.1)
        # A source whose file does not change is in use all the same.
        assert settle_comparison(scheduled, DeliveryId("scheduled", {}), "last").last is None
        dated = Run(store, f"reviews-{number}.csv")
        assert accept(dated, f"file {number}", 100 + number).last is None
    sources = [entry["source"] for entry in remembered(store)]
    assert len(sources) == SOURCES_MAX
    assert sources[0] == URL
    assert "demo" not in sources
    # Its own and the one that it was accepted under.
    assert len(kept_profiles(store)) <= SOURCES_MAX + 1


def test_the_files_of_a_source_that_are_remembered_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.deliveries.accepted_files.FILES_MAX", 3)
    run = Run(store, URL)
    for number in range(5):
        accept(run, f"file {number}", 100 + number)
    assert [e["delivery"] for e in remembered(store)] == ["file 2", "file 3", "file 4"]
    assert FILES_MAX * SOURCES_MAX <= 5000


def test_the_memory_outlives_the_outputs(store: Store) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    shutil.rmtree(store.root / "validate")
    assert rows_of(store, settle_comparison(run, DeliveryId("second", {}), "last")) == 100


@pytest.mark.parametrize("content", [b"", b"[{}]", b"{", b"[1]", b'{"a": 1}', b"5", None])
def test_a_damaged_memory_is_named_and_left_as_it_is(store: Store, content: bytes | None) -> None:
    run = Run(store, URL)
    accept(run, "first", 100)
    path = store.root / "accepted/accepted.json"
    path.unlink()
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    said = "a folder stands where a file belongs" if content is None else "damaged"
    with pytest.raises(StoreError, match=rf"accepted\.json: {said}"):
        settle_comparison(run, DeliveryId("second", {}), "last")
    with pytest.raises(StoreError):
        remember_acceptance(run, DeliveryId("x", {}), checked(store, "x", 1), Comparison())
    assert content is None or path.read_bytes() == content
