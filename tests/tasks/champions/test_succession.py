from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tasks.champions.history import Event
from tasks.champions.succession import first_seen, follow_succession, last_change
from tests.champions import event


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
