"""Put the automations of automations.yaml onto the server, or bring them up to date there.

`prefect automation create --from-file` makes a second one of each when it runs again, and knows a
notification block by its number on one server alone; here both go by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

FILE = Path(__file__).with_name("automations.yaml")


class Applied(NamedTuple):
    """What became of the automations of a file, by their names.

    Attributes:
        applied: those that are on the server now.
        waiting: those that are not, because the server has no block of the name that they give.
        disabled: those on the server that a person switched off there.
    """

    applied: list[str]
    waiting: list[str]
    disabled: list[str]


def apply_automations(client: SyncPrefectClient, file: Path = FILE, reset: bool = False) -> Applied:
    """Create or update each automation of the file by its name.

    Args:
        client: of the server.
        file: automations as Prefect's own, but for `block`, the name of a notification block.
        reset: switch on those that a person switched off.
    """
    blocks = {block.name: block.id for block in client.read_block_documents() if block.name}
    applied, waiting, disabled = [], [], []
    for written in yaml.safe_load(file.read_bytes())["automations"]:
        if missing := _name_blocks(written["actions"], blocks):
            waiting.append(f"{written['name']} (no block {', '.join(missing)})")
            continue
        automation = AutomationCore.model_validate(written)
        found = client.read_automations_by_name(automation.name)
        if found:
            # Set in any case: Prefect sends nothing that a model took from its defaults.
            automation.enabled = automation.enabled if reset else found[0].enabled
            disabled += [] if automation.enabled else [automation.name]
            client.update_automation(found[0].id, automation)
        else:
            client.create_automation(automation)
        applied.append(automation.name)
    return Applied(applied, waiting, disabled)


def _name_blocks(actions: list[dict[str, Any]], blocks: dict[str, Any]) -> list[str]:
    """Put the blocks' numbers into the actions; return the names that the server does not know."""
    missing = []
    for action in actions:
        if name := action.pop("block", None):
            action["block_document_id"] = blocks.get(name)
            missing += [name] if name not in blocks else []
    return missing
