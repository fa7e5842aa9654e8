"""Keeps the switches that a person set on the server while the deployments are updated.

`prefect deploy` resumes a paused deployment, replaces its schedules by those of prefect.yaml, and
enables its triggers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from pydantic import TypeAdapter

from flows.deployment.prefect_yaml import PlannedDeployment
from flows.deployment.triggers import Trigger, read_triggers, recover_triggers, restore_triggers
from tasks.storage.atomic_files import write_atomically

SCHEDULE_FIELDS = ("schedule", "active", "max_scheduled_runs", "parameters", "slug")


class Switches(NamedTuple):
    """The switches of a deployment.

    Attributes:
        id: ID of the deployment.
        name: FLOW/DEPLOYMENT.
        paused: whether the deployment is paused.
        schedules: all schedules, from prefect.yaml and from the server.
        triggers: all automations that run it, from prefect.yaml and from the server.
    """

    id: UUID
    name: str
    paused: bool
    schedules: list[DeploymentSchedule]
    triggers: list[Trigger]


BACKUP = TypeAdapter(list[Switches])


def clear_schedules(client: SyncPrefectClient, names: list[str]) -> None:
    """Delete all schedules, because `prefect deploy` keeps them if prefect.yaml has none."""
    for name in names:
        if deployment := _find(client, name):
            _replace_schedules(client, deployment, [])


@contextlib.contextmanager
def keep_switches(
    client: SyncPrefectClient, plans: list[PlannedDeployment], backup: Path
) -> Iterator[list[str]]:
    """Restore the switches of the deployments on leaving the context.

    Args:
        client: the client of the server.
        plans: the deployments; those that are not on the server yet are skipped.
        backup: file that holds the switches inside the context. If a killed call left one, its
            switches are restored, together with those that a person set since.

    Yields:
        A list that gets, on leaving, a line for each switch that differs from prefect.yaml.
    """
    saved = {s.id: s for s in BACKUP.validate_json(backup.read_bytes())} if backup.exists() else {}
    before = []
    for plan in plans:
        if deployment := _find(client, plan.name):
            now = _read(client, plan.name, deployment)
            before.append(_undo_kill(saved.pop(now.id), now) if now.id in saved else now)
    # The backup may hold deployments of another server, which stay in it.
    write_atomically(backup, BACKUP.dump_json([*saved.values(), *before]))
    lines: list[str] = []
    try:
        yield lines
    finally:
        planned = {plan.name: plan for plan in plans}
        for switches in before:
            if deployment := _find(client, switches.name):
                lines += _restore(client, switches, deployment, planned[switches.name])
        write_atomically(backup, BACKUP.dump_json(list(saved.values())))


def _undo_kill(saved: Switches, now: Switches) -> Switches:
    """Return the switches that a deployment had before a killed call updated it.

    The killed call can only have resumed, activated and replaced. So a person has switched off
    whatever is off now.
    """
    is_touched = any(not schedule.active for schedule in now.schedules)
    return now._replace(
        paused=saved.paused or now.paused,
        schedules=now.schedules if is_touched else saved.schedules,
        triggers=recover_triggers(saved.triggers, now.triggers),
    )


def _find(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def _read(client: SyncPrefectClient, name: str, deployment: DeploymentResponse) -> Switches:
    triggers = read_triggers(client, deployment.id)
    return Switches(deployment.id, name, deployment.paused, deployment.schedules, triggers)


def _restore(
    client: SyncPrefectClient,
    before: Switches,
    deployment: DeploymentResponse,
    plan: PlannedDeployment,
) -> list[str]:
    lines = []
    is_replaced = _dump(before.schedules) != _dump(deployment.schedules)
    if is_replaced:
        _replace_schedules(client, deployment, before.schedules)
    # If prefect.yaml has no schedule, `prefect deploy` kept those on the server.
    if is_replaced or (before.schedules and not plan.is_scheduled):
        shown = [_show(schedule) for schedule in before.schedules] or ["none"]
        lines.append(f"kept the schedules on the server: {', '.join(shown)}")
    if before.paused:
        client.pause_deployment(deployment.id)
        lines.append("still paused")
    lines += restore_triggers(client, deployment.id, before.triggers, plan.triggers)
    return [f"{plan.name}: {line}" for line in lines]


def _dump(schedules: list[DeploymentSchedule]) -> list[str]:
    fields = set(SCHEDULE_FIELDS)
    return sorted(schedule.model_dump_json(include=fields) for schedule in schedules)


def _replace_schedules(
    client: SyncPrefectClient, deployment: DeploymentResponse, schedules: list[DeploymentSchedule]
) -> None:
    # The old schedules go first, because a slug is unique.
    for schedule in deployment.schedules:
        client.delete_deployment_schedule(deployment.id, schedule.id)
    copies = [
        DeploymentScheduleCreate(**{name: getattr(schedule, name) for name in SCHEDULE_FIELDS})
        for schedule in schedules
    ]
    if copies:
        client.create_deployment_schedules(deployment.id, copies)


def _show(schedule: DeploymentSchedule) -> str:
    when = getattr(schedule.schedule, "cron", None) or getattr(schedule.schedule, "interval", None)
    # A recurrence rule has several lines.
    when = " ".join(str(when or getattr(schedule.schedule, "rrule", "")).split())
    return f"{when}{'' if schedule.active else ' (inactive)'}"
