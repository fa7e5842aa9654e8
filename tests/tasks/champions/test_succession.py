from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.champions.history import Event
from tasks.champions.succession import follow_succession, is_newer, last_change
from tests.champions import event


def test_a_rollback_takes_off_what_came_after() -> None:
    events = [event(1, "A"), event(2, "B"), event(3, "C"), event(4, "A", "rollback")]
    line, withdrawn, _ = follow_succession(events)
    assert [e.version for e in line] == ["A"]
    assert set(withdrawn) == {"B", "C"}


def test_what_a_person_replaced_is_withdrawn_until_a_person_brings_it_back() -> None:
    events = [event(1, "A"), event(2, "B", "promotion by hand")]
    assert set(follow_succession(events).withdrawn) == {"A"}
    events.append(event(3, "A", "rollback"))
    assert set(follow_succession(events).withdrawn) == {"B"}
    events.append(event(4, "B", "promotion by hand"))
    line, withdrawn, _ = follow_succession(events)
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
        line, withdrawn, _ = follow_succession(events)
        assert line[-1].version == version
        assert last_change(events) == events[-1]
        assert version not in withdrawn


def data(texts: str, delivery: str) -> dict[str, str]:
    return {"data": texts, "delivery": delivery}


def test_data_is_newer_when_both_digests_came_later() -> None:
    champion = data("x", "X")
    events = [event(1, "A", lineage=champion), event(2, "B", lineage=data("y", "Y"))]
    assert is_newer(events, data("y", "Y"), champion)
    assert is_newer(events, data("z", "Z"), champion)
    assert not is_newer(events, champion, data("y", "Y"))
    assert not is_newer(events, champion, champion)


def test_another_split_or_more_test_rows_are_no_newer_data() -> None:
    champion = data("x", "X")
    events = [event(1, "A", lineage=champion)]
    # Other rows train, of the same delivery; or the delivery grew, and all of it is tested on.
    assert not is_newer(events, data("other rows", "X"), champion)
    assert not is_newer(events, data("x", "grown"), champion)


def test_nothing_is_newer_than_a_champion_whose_delivery_is_not_known() -> None:
    events = [event(1, "A", lineage={"data": "x"})]
    assert not is_newer(events, data("y", "Y"), {"data": "x"})
    assert not is_newer(events, data("y", "Y"), {"data": None, "delivery": "X"})


def promotion(number: int, version: str, limit: float | None, **changes: Any) -> Event:
    """A promotion by a check that the gain is at least `limit`; None: the first champion."""
    figures = {} if limit is None else {"newer_data": True, "gain_lower_limit": limit}
    baseline = {"passed": True, "figures": {"gain_lower_limit": 0.5}}
    return event(
        number, version, checks=[baseline, {"passed": True, "figures": figures}], **changes
    )


def test_losses_on_newer_data_add_up_until_a_candidate_is_surely_better() -> None:
    events = [promotion(1, "A", None)]
    assert follow_succession(events).spent_margin == 0
    events.append(promotion(2, "B", -0.004))
    events.append(promotion(3, "C", -0.003))
    assert follow_succession(events).spent_margin == pytest.approx(0.007)
    kept = event(4, "D").model_copy(update={"folder": None})
    assert follow_succession([*events, kept]).spent_margin == pytest.approx(0.007)
    assert follow_succession([*events, promotion(4, "D", 0.001)]).spent_margin == 0


def test_who_comes_back_has_spent_what_was_spent_then() -> None:
    events = [promotion(1, "A", None), promotion(2, "B", -0.004), promotion(3, "C", -0.003)]
    for kind in ("rollback", "promotion by hand"):
        back = [*events, event(4, "B", kind)]
        assert follow_succession(back).spent_margin == pytest.approx(0.004)
        back.append(promotion(5, "D", -0.001))
        assert follow_succession(back).spent_margin == pytest.approx(0.005)
    assert follow_succession([event(1, "A", "rollback")]).spent_margin == 0


def test_going_back_and_forth_by_hand_renews_no_margin() -> None:
    events = [promotion(1, "A", None), promotion(2, "B", -0.008), event(3, "A", "rollback")]
    assert follow_succession(events).spent_margin == 0
    events.append(event(4, "B", "promotion by hand"))
    assert follow_succession(events).spent_margin == pytest.approx(0.008)
    events.append(promotion(5, "C", -0.001))
    assert follow_succession(events).spent_margin == pytest.approx(0.009)


def test_a_promotion_by_hand_gives_no_new_margin() -> None:
    events = [promotion(1, "A", None), promotion(2, "B", -0.009)]
    renewed = event(3, "B", "promotion by hand")
    assert follow_succession([*events, renewed]).spent_margin == pytest.approx(0.009)
    other = event(3, "C", "promotion by hand")
    assert follow_succession([*events, other]).spent_margin == pytest.approx(0.009)
    assert follow_succession([event(1, "A", "promotion by hand")]).spent_margin == 0


def test_a_decision_that_made_no_champion_changes_nothing() -> None:
    kept = event(4, "B", checks=[]).model_copy(update={"folder": None})
    assert last_change([]) is None
    assert last_change([kept]) is None
    assert follow_succession([kept]) == ([], {}, 0.0)
    events = [event(1, "A"), event(2, "B"), event(3, "A", "rollback")]
    assert last_change([*events, kept]) == events[-1]
    # Nor does it bring back what a person has withdrawn.
    assert follow_succession([*events, kept]) == ([events[-1]], {"B": events[-1]}, 0.0)


def test_the_event_that_withdrew_a_model_is_the_persons_own() -> None:
    events = [event(1, "A"), event(2, "B"), event(3, "C"), event(4, "B", "rollback")]
    assert follow_succession(events).line == [events[0], events[3]]
    assert follow_succession(events).withdrawn == {"C": events[3]}
    events.append(event(5, "D", "promotion by hand"))
    assert follow_succession(events).line == [events[0], events[3], events[4]]
    assert follow_succession(events).withdrawn == {"C": events[3], "B": events[4]}


def test_the_first_champion_may_come_by_hand() -> None:
    by_hand = event(1, "A", "promotion by hand")
    assert follow_succession([by_hand]) == ([by_hand], {}, 0.0)


def test_only_a_check_on_newer_data_that_passed_spends_of_the_margin() -> None:
    events = [promotion(1, "A", None), promotion(2, "B", -0.004)]
    figures = {"newer_data": True, "gain_lower_limit": -0.5}
    denied = event(3, "C", checks=[{"passed": False, "figures": figures}])
    assert follow_succession([*events, denied]).spent_margin == 0
    # A limit of zero is not surely better, and loses nothing.
    assert follow_succession([*events, promotion(3, "C", 0.0)]).spent_margin == 0.004
    silent = {"passed": True}
    loss = {"passed": True, "figures": figures | {"gain_lower_limit": -0.001}}
    third = event(3, "C", checks=[silent, loss])
    assert follow_succession([*events, third]).spent_margin == pytest.approx(0.005)


def test_a_rollback_to_the_first_champion_has_spent_what_that_had() -> None:
    events = [promotion(1, "A", -0.002), promotion(2, "B", -0.004)]
    events.append(event(3, "A", "rollback"))
    assert follow_succession(events).spent_margin == 0.002
    assert follow_succession([*events, promotion(4, "C", -0.001)]).spent_margin == 0.003


def test_data_are_as_old_as_the_first_event_about_them() -> None:
    old, new = data("x", "X"), data("y", "Y")
    events = [event(n, "A", lineage=d) for n, d in enumerate((old, new, old), start=1)]
    assert is_newer(events, new, old)
    assert not is_newer(events, old, new)
    # Of two that no event is about, neither is newer.
    assert not is_newer(events, data("z", "Z"), data("w", "W"))
    assert not is_newer([], new, old)


def test_a_rollback_to_what_no_event_tells_of_begins_a_line() -> None:
    events = [event(1, "A", "rollback"), promotion(2, "B", -0.004), event(3, "C", "rollback")]
    assert follow_succession(events).line == events[2:]
    assert set(follow_succession(events).withdrawn) == {"A", "B"}
    assert follow_succession(events).spent_margin == pytest.approx(0.004)
