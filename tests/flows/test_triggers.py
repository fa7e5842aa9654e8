"""The triggers after a killed deployment; tests/integration/test_switches.py has a server."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from flows.deployment.triggers import Trigger, recover_triggers, restore_triggers

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


def test_a_persons_disabled_automation_does_not_disable_a_trigger_of_its_name() -> None:
    before = [Trigger(OLD, "score", True), Trigger(OWN, "score", False)]
    after = [Trigger(NEW, "score", True), Trigger(OWN, "score", False)]
    client = Mock()
    client.read_resource_related_automations.return_value = [
        SimpleNamespace(id=t.id, name=t.name, enabled=t.enabled) for t in after
    ]
    assert restore_triggers(client, uuid.uuid4(), before, ["score"]) == []
    client.pause_automation.assert_not_called()
    client.delete_automation.assert_not_called()
    before[0] = before[0]._replace(enabled=False)
    lines = restore_triggers(client, uuid.uuid4(), before, ["score"])
    assert lines == ["the trigger 'score' is still disabled"]
    client.pause_automation.assert_called_once_with(NEW)
