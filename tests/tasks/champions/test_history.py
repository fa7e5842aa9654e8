from __future__ import annotations

import datetime
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.champions import installation
from tasks.champions.champion import ChampionRoom
from tasks.champions.history import Event, append_event, first_seen, follow_succession, last_change
from tasks.engine.store import Store
from tasks.errors import StoreError
from tests.champions import about, crown, current_version, keep


def event(number: int, version: str, kind: str = "decision", data: str = "d") -> Event:
    fields = about(version, kind=kind, lineage={"data": data})
    return Event(
        **fields, number=number, time="", champion_before=None, champion_after=version, folder="f"
    )


def test_a_rollback_takes_off_what_came_after() -> None:
    events = [event(1, "A"), event(2, "B"), event(3, "C"), event(4, "A", "rollback")]
    line, withdrawn = follow_succession(events)
    assert [e.version for e in line] == ["A"]
    assert set(withdrawn) == {"B", "C"}


def test_what_a_person_replaced_is_withdrawn_until_a_person_brings_it_back() -> None:
    events = [event(1, "A"), event(2, "B", "promotion by hand")]
    assert set(follow_succession(events).withdrawn) == {"A"}
    events.append(event(3, "A", "rollback"))
    assert set(follow_succession(events).withdrawn) == {"B"}
    events.append(event(4, "B", "promotion by hand"))
    line, withdrawn = follow_succession(events)
    assert [e.version for e in line] == ["A", "B"]
    assert set(withdrawn) == {"A"}


def test_one_that_the_rule_replaced_is_not_withdrawn() -> None:
    assert follow_succession([event(1, "A"), event(2, "B")]).withdrawn == {}


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["rule", "hand", "back"]))))
def test_the_champion_always_ends_the_line_and_is_never_withdrawn(steps) -> None:
    events: list[Event] = []
    for version, how in steps:
        line = follow_succession(events).line
        kind = {"rule": "decision", "hand": "promotion by hand", "back": "rollback"}[how]
        if kind == "rollback" and version not in [e.version for e in line]:
            continue
        events.append(event(len(events) + 1, version, kind))
        line, withdrawn = follow_succession(events)
        assert line[-1].version == version
        assert last_change(events) == events[-1]
        assert version not in withdrawn


def test_data_is_newer_when_it_came_later() -> None:
    events = [event(1, "A", data="x"), event(2, "B", data="y"), event(3, "C", data="x")]
    assert (first_seen(events, "x"), first_seen(events, "y")) == (1, 2)
    assert first_seen(events, "z") == math.inf


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
    folder = ChampionRoom(store).history_folder
    append_event(folder, event(1, "A"))
    with pytest.raises(StoreError, match="another process decided meanwhile"):
        append_event(folder, event(1, "B"))
    assert [e.version for e in ChampionRoom(store).history()] == ["A"]
    assert [path.name for path in folder.iterdir()] == ["00000001.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b'{"seal": "x"}'])
def test_a_damaged_event_is_named(store: Store, content: bytes) -> None:
    crown(store, "A")
    path = ChampionRoom(store).history_folder / "00000001.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"00000001\.json: damaged; restore it from a backup"):
        ChampionRoom(store).history()
