from __future__ import annotations

import datetime
import time

import pytest

from tasks.champions import installation
from tasks.champions.champion import ChampionRegistry
from tasks.champions.history import (
    FOLDER,
    DecidedMeanwhileError,
    Event,
    append_event,
    read_event,
    read_history,
)
from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import FileRecord
from tasks.storage.records import Records
from tasks.storage.store import Store
from tests.champions import current_version, event, keep, promote_version


def test_a_clock_that_goes_backwards_changes_no_order(store: Store, monkeypatch) -> None:
    class Backwards(datetime.datetime):
        hours = 100_000

        @classmethod
        def now(cls, tz=None):
            cls.hours -= 1
            return datetime.datetime.fromtimestamp(cls.hours * 3600, tz)

    monkeypatch.setattr(installation.datetime, "datetime", Backwards)
    for version in "ABC":
        promote_version(store, version)
    keep(store, "D")
    events = ChampionRegistry(store).history()
    assert [e.version for e in events] == ["A", "B", "C", "D"]
    assert [e.time for e in events] == sorted((e.time for e in events), reverse=True)
    assert current_version(store) == "C"


def test_of_two_events_with_one_number_the_first_stays(store: Store) -> None:
    append_event(store.records, event(1, "A"))
    says = f"^{store.root / FOLDER}: another process decided meanwhile"
    with pytest.raises(DecidedMeanwhileError, match=says):
        append_event(store.records, event(1, "B"))
    assert [e.version for e in ChampionRegistry(store).history()] == ["A"]
    assert [path.name for path in (store.root / FOLDER).iterdir()] == ["00000001.json"]


def test_an_event_that_is_missing_or_anothers_is_named(any_store: Store) -> None:
    for version in "ABCD":
        keep(any_store, version)
    records = any_store.records
    events = {n: records.read(n) or b"" for n in records.names(FOLDER)}
    for gone in list(events)[:3]:
        records.forget(FOLDER, events.keys() - {gone}, time.time() + 60)
        with pytest.raises(StoreError, match=rf"{gone}: missing, .* restore it from a backup"):
            ChampionRegistry(any_store).history()
        records.create(gone, events[f"{FOLDER}/00000004.json"])
        with pytest.raises(StoreError, match=f"{gone}: damaged"):
            ChampionRegistry(any_store).history()
        records.write(gone, events[gone])
    assert [e.version for e in ChampionRegistry(any_store).history()] == list("ABCD")


def test_a_number_far_off_is_a_gap(store: Store) -> None:
    promote_version(store, "A")
    path = store.root / FOLDER / "00000001.json"
    path.with_name("99999999.json").write_bytes(path.read_bytes())
    with pytest.raises(StoreError, match=rf"^{store.root / FOLDER}/00000002\.json: missing"):
        ChampionRegistry(store).history()


def test_the_first_gap_is_named(store: Store) -> None:
    append_event(store.records, event(99_999_999, "A"))
    with pytest.raises(StoreError, match=r"00000001\.json: missing"):
        read_history(store.records)


def test_what_is_no_event_is_passed_over_and_a_folder_in_ones_place_is_named(store: Store) -> None:
    promote_version(store, "A")
    (store.root / FOLDER / "00000001 (copy).json").write_text("{}")
    assert len(ChampionRegistry(store).history()) == 1
    (store.root / FOLDER / "00000002.json").mkdir()
    with pytest.raises(StoreError, match=r"00000002\.json: a folder stands where a file belongs"):
        promote_version(store, "B")
    assert current_version(store) == "A"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"[" * 200_000, b"{}", b"null", b'{"seal": "x"}']
)
def test_a_damaged_event_is_named(store: Store, content: bytes) -> None:
    promote_version(store, "A")
    path = store.root / FOLDER / "00000001.json"
    path.write_bytes(content)
    damaged = rf"^{store.root / FOLDER}/00000001\.json: damaged; restore it from a backup"
    with pytest.raises(StoreError, match=damaged):
        ChampionRegistry(store).history()
    with pytest.raises(StoreError, match=damaged):
        read_event(store.records, 1)


def test_a_history_begins_empty(store: Store) -> None:
    assert read_history(store.records) == []
    assert read_event(store.records, 1) is None


def test_an_event_is_read_as_it_was_written(store: Store) -> None:
    full = event(1, "A", "rollback").model_copy(
        update={
            "metrics": {"test_mae": 1.25},
            "checks": [{"name": "is good", "passed": True}],
            "files": {"model.keras": FileRecord(size_bytes=3, sha256="ab")},
        }
    )
    fields = event(2, "B", "promotion by hand").model_dump(exclude={"metrics", "folder"})
    bare = Event.model_validate(fields)
    assert (bare.metrics, bare.checks, bare.files, bare.folder) == ({}, [], {}, None)
    for written in (full, bare):
        append_event(store.records, written)
        assert read_event(store.records, written.number) == written
    assert read_history(store.records) == [full, bare]
    assert store.records.names(FOLDER) == [f"{FOLDER}/0000000{number}.json" for number in (1, 2)]


def test_an_event_under_anothers_number_is_damaged(store: Store) -> None:
    append_event(store.records, event(1, "A"))
    first = store.root / FOLDER / "00000001.json"
    first.with_name("00000002.json").write_bytes(first.read_bytes())
    with pytest.raises(StoreError, match=r"00000002\.json: damaged"):
        read_event(store.records, 2)


def test_one_changed_byte_is_noticed(store: Store) -> None:
    append_event(store.records, event(1, "A"))
    path = store.root / FOLDER / "00000001.json"
    path.write_bytes(path.read_bytes().replace(b"Promoted", b"promoted"))
    with pytest.raises(StoreError, match=r"00000001\.json: damaged"):
        read_event(store.records, 1)


@pytest.mark.parametrize("hidden", [1, 2])
def test_an_event_that_a_list_lacks_is_looked_for(store: Store, hidden: int) -> None:
    for number in (1, 2, 3):
        append_event(store.records, event(number, "ABC"[number - 1]))

    class Forgetful(Records):
        def names(self, folder: str) -> list[str]:
            return [n for n in super().names(folder) if not n.endswith(f"{hidden}.json")]

    assert [e.version for e in read_history(Forgetful(store.objects))] == ["A", "B", "C"]


def test_a_first_event_that_is_missing_is_named(store: Store) -> None:
    append_event(store.records, event(2, "B"))
    with pytest.raises(StoreError, match=rf"^{store.root / FOLDER}/00000001\.json: missing"):
        read_history(store.records)
