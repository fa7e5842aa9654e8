"""What a person switched on the server, kept while the deployments are brought up to date.

`prefect deploy` resumes a paused deployment, puts prefect.yaml's schedules in the place of all
others, and switches its triggers on.
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

from flows.deployment.planned import Planned
from tasks.storage.atomic_files import write_atomically

SCHEDULE_FIELDS = ("schedule", "active", "max_scheduled_runs", "parameters", "slug")


class Switches(NamedTuple):
    """How a deployment is switched.

    Attributes:
        id: of the deployment.
        name: of the deployment, with its flow's.
        paused: whether it schedules nothing.
        schedules: all that it has, made in prefect.yaml or on the server.
        disabled: names of its triggers that are switched off.
    """

    id: UUID
    name: str
    paused: bool
    schedules: list[DeploymentSchedule]
    disabled: list[str]


NOTE = TypeAdapter(list[Switches])


def clear_schedules(client: SyncPrefectClient, names: list[str]) -> None:
    """Delete all schedules; Prefect leaves them where prefect.yaml has none for a deployment."""
    for name in names:
        if found := _find(client, name):
            _replace_schedules(client, found[1].id, [], found[1].schedules)


@contextlib.contextmanager
def keep_switches(
    client: SyncPrefectClient, plans: list[Planned], note: Path
) -> Iterator[list[str]]:
    """Switch deployments back, on leaving, to how they were on entering.

    Args:
        client: of the server.
        plans: the deployments; those that are not on the server are left out.
        note: file that holds the switches meanwhile. Where a kill left one, it says how they were
            before, as far as nobody switched them since.

    Yields:
        An empty list. On leaving it has a line for each switch that differs from prefect.yaml.
    """
    noted = {s.id: s for s in NOTE.validate_json(note.read_bytes())} if note.exists() else {}
    before = []
    for plan in plans:
        if found := _find(client, plan.name):
            now = _read(client, plan.name, found[1])
            before.append(_undo_kill(noted.pop(now.id), now) if now.id in noted else now)
    # Another server's stay noted.
    write_atomically(note, NOTE.dump_json([*noted.values(), *before]))
    said: list[str] = []
    try:
        yield said
    finally:
        scheduled = {plan.name for plan in plans if plan.is_scheduled}
        for switches in before:
            if found := _find(client, switches.name):
                said += _keep(client, switches, found[1], switches.name in scheduled)
        write_atomically(note, NOTE.dump_json(list(noted.values())))


def _undo_kill(noted: Switches, now: Switches) -> Switches:
    """Say how a deployment was switched before a deployment that was killed half-way.

    What that one did is resume, activate and replace: all that is switched off by now, a person
    has switched off since.
    """
    is_touched = any(not schedule.active for schedule in now.schedules)
    return now._replace(
        paused=noted.paused or now.paused,
        schedules=now.schedules if is_touched else noted.schedules,
        disabled=sorted({*noted.disabled, *now.disabled}),
    )


def _find(client: SyncPrefectClient, name: str) -> tuple[str, DeploymentResponse] | None:
    try:
        return name, client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def _read(client: SyncPrefectClient, name: str, there: DeploymentResponse) -> Switches:
    triggers = client.read_resource_related_automations(f"prefect.deployment.{there.id}")
    disabled = [trigger.name for trigger in triggers if not trigger.enabled]
    return Switches(there.id, name, there.paused, there.schedules, disabled)


def _keep(
    client: SyncPrefectClient, before: Switches, there: DeploymentResponse, is_scheduled: bool
) -> list[str]:
    said = []
    is_replaced = _describe(before.schedules) != _describe(there.schedules)
    if is_replaced:
        _replace_schedules(client, there.id, before.schedules, there.schedules)
    # Where prefect.yaml has no schedule, Prefect leaves what there is.
    if is_replaced or (before.schedules and not is_scheduled):
        shown = [_show(schedule) for schedule in before.schedules] or ["none"]
        said.append(f"{before.name}: kept its schedules on the server: {', '.join(shown)}")
    if before.paused:
        client.pause_deployment(there.id)
        said.append(f"{before.name}: still paused")
    for trigger in client.read_resource_related_automations(f"prefect.deployment.{there.id}"):
        if trigger.name in before.disabled:
            client.pause_automation(trigger.id)
            said.append(f"{before.name}: its trigger {trigger.name!r} is still switched off")
    return said


def _describe(schedules: list[DeploymentSchedule]) -> list[str]:
    kept = set(SCHEDULE_FIELDS)
    return sorted(schedule.model_dump_json(include=kept) for schedule in schedules)


def _replace_schedules(
    client: SyncPrefectClient,
    deployment: UUID,
    kept: list[DeploymentSchedule],
    deployed: list[DeploymentSchedule],
) -> None:
    # Those that were deployed go first, as a slug stands once.
    for schedule in deployed:
        client.delete_deployment_schedule(deployment, schedule.id)
    given = [
        DeploymentScheduleCreate(**{name: getattr(schedule, name) for name in SCHEDULE_FIELDS})
        for schedule in kept
    ]
    if given:
        client.create_deployment_schedules(deployment, given)


def _show(schedule: DeploymentSchedule) -> str:
    when = getattr(schedule.schedule, "cron", None) or getattr(schedule.schedule, "interval", None)
    when = str(when or getattr(schedule.schedule, "rrule", ""))
    return f"{when}{'' if schedule.active else ' (inactive)'}"
