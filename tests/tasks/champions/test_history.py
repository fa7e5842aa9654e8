from __future__ import annotations

import datetime
import time

import pytest

from tasks.champions import installation
from tasks.champions.champion import ChampionRoom
from tasks.champions.history import FOLDER, append_event
from tasks.engine.store import Store
from tasks.errors import StoreError
from tests.champions import crown, current_version, event, keep


def test_a_clock_that_goes_backwards_changes_no_order(store: Store, monkeypatch) -> None:
    class Backwards(datetime.datetime):
        hours = 100_000

        @classmethod
        def now(cls, tz=None):
            cls.hours -= 1
            return datetime.datetime.fromtimestamp(cls.hours * 3600, tz)

    monkeypatch.setattr(installation.datetime, "datetime", Backwards)
    for version in "ABC":
        crown(store, version)
    keep(store, "D")
    events = ChampionRoom(store).history()
    assert [e.version for e in events] == ["A", "B", "C", "D"]
    assert [e.time for e in events] == sorted((e.time for e in events), reverse=True)
    assert current_version(store) == "C"


def test_of_two_events_with_one_number_the_first_stays(store: Store) -> None:
    append_event(store.records, event(1, "A"))
    with pytest.raises(StoreError, match="another process decided meanwhile"):
        append_event(store.records, event(1, "B"))
    assert [e.version for e in ChampionRoom(store).history()] == ["A"]
    assert [path.name for path in (store.root / FOLDER).iterdir()] == ["00000001.json"]


def test_an_event_that_is_missing_or_anothers_is_named(any_store: Store) -> None:
    for version in "ABCD":
        keep(any_store, version)
    records = any_store.records
    events = {n: records.read(n) or b"" for n in records.names(FOLDER)}
    for gone in list(events)[:3]:
        records.forget(FOLDER, events.keys() - {gone}, time.time() + 60)
        with pytest.raises(StoreError, match=rf"{gone}: missing, .* restore it from a backup"):
            ChampionRoom(any_store).history()
        records.create(gone, events[f"{FOLDER}/00000004.json"])
        with pytest.raises(StoreError, match=f"{gone}: damaged"):
            ChampionRoom(any_store).history()
        records.write(gone, events[gone])
    assert [e.version for e in ChampionRoom(any_store).history()] == list("ABCD")


def test_a_number_far_off_is_a_gap(store: Store) -> None:
    crown(store, "A")
    path = store.root / FOLDER / "00000001.json"
    path.with_name("99999999.json").write_bytes(path.read_bytes())
    with pytest.raises(StoreError, match=r"00000002\.json: missing"):
        ChampionRoom(store).history()


def test_what_is_no_event_is_passed_over_and_a_folder_in_ones_place_is_named(store: Store) -> None:
    crown(store, "A")
    (store.root / FOLDER / "00000001 (copy).json").write_text("{}")
    assert len(ChampionRoom(store).history()) == 1
    (store.root / FOLDER / "00000002.json").mkdir()
    with pytest.raises(StoreError, match=r"00000002\.json: a folder stands where a file belongs"):
        ChampionRoom(store).history()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"[" * 200_000, b"{}", b"null", b'{"seal": "x"}']
)
def test_a_damaged_event_is_named(store: Store, content: bytes) -> None:
    crown(store, "A")
    path = store.root / FOLDER / "00000001.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"00000001\.json: damaged; restore it from a backup"):
        ChampionRoom(store).history()
