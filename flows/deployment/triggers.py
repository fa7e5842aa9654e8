"""Keeps the triggers that a person disabled or deleted on the server.

`prefect deploy` replaces the triggers of a deployment by those of prefect.yaml, under new IDs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient


class Trigger(NamedTuple):
    """An automation that runs a deployment: a trigger of prefect.yaml, or one that a person made.

    The server does not tell which; only the former gets another ID from `prefect deploy`.
    """

    id: UUID
    name: str
    enabled: bool


def read_triggers(client: SyncPrefectClient, deployment: UUID) -> list[Trigger]:
    """Read all automations that run a deployment."""
    related = client.read_resource_related_automations(f"prefect.deployment.{deployment}")
    return [Trigger(found.id, found.name, found.enabled) for found in related]


def recover_triggers(saved: Iterable[Trigger], now: Iterable[Trigger]) -> list[Trigger]:
    """Return the triggers before a killed `prefect deploy`, with what a person disabled since.

    Those that the killed call created are left out if a person had deleted them before.
    """
    before = {trigger.id: trigger for trigger in saved}
    names = {trigger.name for trigger in before.values()}
    return list((before | {t.id: t for t in now if t.id in before or t.name in names}).values())


def restore_triggers(
    client: SyncPrefectClient, deployment: UUID, before: list[Trigger], planned: Collection[str]
) -> list[str]:
    """Disable and delete again what `prefect deploy` created; return a line for each.

    Args:
        client: the client of the server.
        deployment: ID of the deployment.
        before: the triggers before the call.
        planned: names of the deployment's triggers in prefect.yaml.
    """
    after = read_triggers(client, deployment)
    replaced = [old for old in before if old.id not in {new.id for new in after}]
    disabled = {old.name for old in replaced if not old.enabled}
    kept = {old.name for old in replaced}
    # If one of them is not in prefect.yaml, a name there may be its new one.
    deleted = set(planned) - kept if kept <= set(planned) else set()
    lines = []
    for trigger in after:
        if trigger.id in {old.id for old in before}:
            continue
        if trigger.name in disabled:
            client.pause_automation(trigger.id)
            lines.append(f"the trigger {trigger.name!r} is still disabled")
        elif trigger.name in deleted:
            client.delete_automation(trigger.id)
            lines.append(f"still without the trigger {trigger.name!r}")
    return lines
