"""The triggers after a killed deployment; tests/integration/test_switches.py has a server."""

from __future__ import annotations

import uuid

import pytest

from flows.deployment.triggers import Trigger, recover_triggers

OLD, NEW, OWN = (uuid.UUID(int=number) for number in range(1, 4))


@pytest.mark.parametrize(
    ("saved", "now", "before"),
    [
        ([], [], []),
        ([(OLD, "ours", False)], [], [(OLD, "ours", False)]),
        ([(OLD, "ours", True)], [(OLD, "ours", False)], [(OLD, "ours", False)]),
        (
            [(OLD, "ours", False), (OWN, "own", True)],
            [(NEW, "ours", True), (OWN, "own", False)],
            [(OLD, "ours", False), (OWN, "own", False), (NEW, "ours", True)],
        ),
        # A person had deleted it, and the killed call created it.
        ([(OWN, "own", True)], [(OWN, "own", True), (NEW, "ours", True)], [(OWN, "own", True)]),
    ],
)
def test_what_a_person_did_before_and_after_a_killed_call_is_kept(
    saved: list[tuple[uuid.UUID, str, bool]],
    now: list[tuple[uuid.UUID, str, bool]],
    before: list[tuple[uuid.UUID, str, bool]],
) -> None:
    found = recover_triggers([Trigger(*t) for t in saved], [Trigger(*t) for t in now])
    assert found == [Trigger(*t) for t in before]
