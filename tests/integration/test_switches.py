"""What a person switched on the server, through deployments that are brought up to date."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from prefect.events.schemas.automations import AutomationCore

from tests.forked import Forked
from tests.served_deployments import Served, serving, wait_for

SCORING, HEARTBEATS = "wine-points: score after a promotion", "wine-points: run without heartbeats"
SHOWN = {"schedule", "active", "parameters", "max_scheduled_runs"}
NAMES = ("retraining/weekly", "retraining/notebook", "data-quality/daily", "housekeeping/weekly")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(make_prefect_home: Callable[[str], Path]) -> Iterator[Served]:
    with serving(make_prefect_home("switches")) as found:
        yield found


def read_server(served: Served) -> dict[str, Any]:
    """Say how everything is switched, numbers left out."""
    state: dict[str, Any] = {}
    for name in NAMES:
        there = served.deployment(name)
        schedules = [s.model_dump_json(include=SHOWN) for s in there.schedules]
        state[name] = there.paused, sorted(schedules)
    for automation in served.client.read_automations():
        state[automation.name] = automation.enabled
    return state


def switch_everything(served: Served) -> None:
    client = served.client
    weekly, notebook, daily, pruning = (served.deployment(name) for name in NAMES)
    (schedule,) = weekly.schedules
    client.update_deployment_schedule(weekly.id, schedule.id, active=False)
    client.pause_deployment(daily.id)
    nightly = DeploymentScheduleCreate(
        schedule=IntervalSchedule(interval=timedelta(days=1)), parameters={"source": "demo"}
    )
    client.create_deployment_schedules(notebook.id, [nightly])
    (schedule,) = pruning.schedules
    client.delete_deployment_schedule(pruning.id, schedule.id)
    later = DeploymentScheduleCreate(schedule=CronSchedule(cron="0 9 * * 6"), active=False)
    client.create_deployment_schedules(pruning.id, [later])
    for name in (SCORING, HEARTBEATS):
        (automation,) = client.read_automations_by_name(name)
        client.pause_automation(automation.id)


def test_what_was_switched_stays_and_is_named_until_it_is_reset(served: Served) -> None:
    written = read_server(served)
    assert "still" not in served.deploy().output
    assert read_server(served) == written
    switch_everything(served)
    switched = read_server(served)
    assert {name for name in switched if switched[name] != written[name]} == {
        *NAMES,
        SCORING,
        HEARTBEATS,
    }
    for _ in range(2):
        said = served.deploy().output
        assert read_server(served) == switched
        for line in (
            "retraining/weekly: kept the schedules on the server: 0 5 * * 1 (inactive)",
            "housekeeping/weekly: kept the schedules on the server: 0 9 * * 6 (inactive)",
            "retraining/notebook: kept the schedules on the server: 1 day, 0:00:00",
            "data-quality/daily: still paused",
            f"scoring/on-demand: the trigger '{SCORING}' is still disabled",
            f"automation still disabled: {HEARTBEATS}",
            "--reset",
        ):
            assert line in said
    served.deploy("--reset")
    assert read_server(served) == written


def test_triggers_that_a_person_made_disabled_or_deleted_stay_so(served: Served) -> None:
    client = served.client
    served.deploy("--reset")
    (shipped,) = client.read_automations_by_name(SCORING)
    own = client.create_automation(AutomationCore(**shipped.model_dump(exclude={"id"})))
    client.pause_automation(shipped.id)
    said = served.deploy().output
    enabled = {found.id: found.enabled for found in client.read_automations_by_name(SCORING)}
    assert enabled.pop(own)
    ((replaced, is_enabled),) = enabled.items()
    assert not is_enabled
    assert said.count(f"scoring/on-demand: the trigger '{SCORING}' is still disabled") == 1
    client.delete_automation(replaced)
    for _ in range(2):
        said = served.deploy().output
        assert [found.id for found in client.read_automations_by_name(SCORING)] == [own]
        assert f"scoring/on-demand: still without the trigger '{SCORING}'" in said
    client.delete_automation(own)
    served.deploy("--reset")
    (shipped,) = client.read_automations_by_name(SCORING)
    assert shipped.enabled


def test_an_automation_that_is_created_again_and_a_rule_of_several_lines_are_named(
    served: Served,
) -> None:
    served.deploy("--reset")
    (heartbeats,) = served.client.read_automations_by_name(HEARTBEATS)
    served.client.delete_automation(heartbeats.id)
    rule = RRuleSchedule(rrule="DTSTART:20300101T050000\nRRULE:FREQ=WEEKLY")
    notebook = served.deployment("retraining/notebook").id
    served.client.create_deployment_schedules(notebook, [DeploymentScheduleCreate(schedule=rule)])
    lines = served.deploy().output.splitlines()
    assert f"automation created: {HEARTBEATS}" in lines
    kept = "DTSTART:20300101T050000 RRULE:FREQ=WEEKLY"
    assert f"retraining/notebook: kept the schedules on the server: {kept}" in lines
    assert f"automation on the server: {HEARTBEATS}" in served.deploy("--reset").output


def test_a_kill_half_way_undoes_no_switch_and_none_that_comes_after(served: Served) -> None:
    served.deploy("--reset")
    switch_everything(served)
    switched = read_server(served)
    deploying = start_to_deploy(served)
    wait_for(lambda: read_server(served) != switched)
    os.killpg(deploying.pid, signal.SIGKILL)
    deploying.wait()
    half_way = read_server(served)
    assert half_way != switched
    scoring = served.deployment("scoring/on-demand")
    served.client.pause_deployment(scoring.id)
    said = served.deploy().output
    assert read_server(served) == switched
    assert "scoring/on-demand: still paused" in said
    assert served.deployment("scoring/on-demand").paused
    served.client.resume_deployment(scoring.id)
    served.deploy()
    assert not served.deployment("scoring/on-demand").paused


def test_two_at_once_undo_no_switch(served: Served) -> None:
    served.deploy("--reset")
    switch_everything(served)
    switched = read_server(served)
    both = [start_to_deploy(served) for _ in range(2)]
    assert [deploying.wait() for deploying in both] == [0, 0]
    assert read_server(served) == switched


def start_to_deploy(served: Served) -> Forked:
    return Forked("flows.deploy", [], served.root, served.environment, start_new_session=True)
