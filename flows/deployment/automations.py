"""Create or update the automations of automations.yaml on the server, by their names.

`prefect automation create --from-file` creates duplicates when it runs again, and identifies a
notification block by an ID that differs from server to server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

FILE = Path(__file__).with_name("automations.yaml")


class AppliedAutomations(NamedTuple):
    """The names of the automations in automations.yaml, by result.

    Attributes:
        created: created on the server, where there was none of this name.
        updated: updated on the server.
        waiting: left out, because their notification block does not exist on the server.
        disabled: updated, and still disabled by a person.
    """

    created: list[str]
    updated: list[str]
    waiting: list[str]
    disabled: list[str]


def apply_automations(
    client: SyncPrefectClient, file: Path = FILE, reset: bool = False
) -> AppliedAutomations:
    """Create or update each automation of the file by its name.

    Args:
        client: the client of the server.
        file: automations in Prefect's format, with the name of a notification block in `block`.
        reset: enable the automations that a person disabled.
    """
    blocks = {block.name: block.id for block in client.read_block_documents() if block.name}
    created, updated, waiting, disabled = [], [], [], []
    for entry in yaml.safe_load(file.read_bytes())["automations"]:
        if missing := _insert_block_ids(entry["actions"], blocks):
            waiting.append(f"{entry['name']} (no block {', '.join(missing)})")
            continue
        automation = AutomationCore.model_validate(entry)
        existing = client.read_automations_by_name(automation.name)
        if existing:
            # The assignment makes Prefect send the field: it omits fields with their default.
            automation.enabled = automation.enabled if reset else existing[0].enabled
            disabled += [] if automation.enabled else [automation.name]
            client.update_automation(existing[0].id, automation)
            updated.append(automation.name)
        else:
            client.create_automation(automation)
            created.append(automation.name)
    return AppliedAutomations(created, updated, waiting, disabled)


def _insert_block_ids(actions: list[dict[str, Any]], blocks: dict[str, Any]) -> list[str]:
    """Replace the names of blocks in the actions by their IDs; return the unknown names."""
    missing = []
    for action in actions:
        if name := action.pop("block", None):
            action["block_document_id"] = blocks.get(name)
            missing += [name] if name not in blocks else []
    return missing
