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
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule

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
