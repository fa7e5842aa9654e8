"""Put the automations of automations.yaml onto the server, or bring them up to date there.

`prefect automation create --from-file` makes a second one of each when it runs again, and knows a
notification block by its number on one server alone; here both go by name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.schemas.automations import AutomationCore
from prefect.settings import PREFECT_API_URL
from pydantic_settings import SettingsConfigDict

from flows.plain_command import PlainCommand, run_plain_command
from flows.prefect_server import ask_server
from tasks.errors import ServerError

FILE = Path(__file__).with_name("automations.yaml")


class Applied(NamedTuple):
    """What became of the automations of a file, by their names.

    Attributes:
        applied: those that are on the server now.
        waiting: those that are not, because the server has no block of the name that they give.
    """

    applied: list[str]
    waiting: list[str]


def apply_automations(client: SyncPrefectClient, file: Path = FILE) -> Applied:
    """Create or update each automation of the file by its name.

    Args:
        client: of the server.
        file: automations as Prefect's own, but for `block`, the name of a notification block.
    """
    blocks = {block.name: block.id for block in client.read_block_documents() if block.name}
    applied, waiting = [], []
    for written in yaml.safe_load(file.read_bytes())["automations"]:
        if missing := _name_blocks(written["actions"], blocks):
            waiting.append(f"{written['name']} (no block {', '.join(missing)})")
            continue
        automation = AutomationCore.model_validate(written)
        found = client.read_automations_by_name(automation.name)
        if found:
            client.update_automation(found[0].id, automation)
        else:
            client.create_automation(automation)
        applied.append(automation.name)
    return Applied(applied, waiting)


def _name_blocks(actions: list[dict[str, Any]], blocks: dict[str, Any]) -> list[str]:
    """Put the blocks' numbers into the actions; return the names that the server does not know."""
    missing = []
    for action in actions:
        if name := action.pop("block", None):
            action["block_document_id"] = blocks.get(name)
            missing += [name] if name not in blocks else []
    return missing


class Automations(PlainCommand):
    """Put the automations of automations.yaml onto the server of PREFECT_API_URL."""

    model_config = SettingsConfigDict(cli_prog_name="python -m flows.deployment.automations")


def apply_file(_: Automations) -> str:
    """Apply the file to the server that is set; say what became of each automation.

    Raises:
        ServerError: none is set, or it does not answer.
    """
    url = PREFECT_API_URL.value()
    if not url:
        raise ServerError("no Prefect server is set: set PREFECT_API_URL")
    ask_server(str(url))
    with get_client(sync_client=True) as client:
        applied, waiting = apply_automations(client)
    lines = [f"automation on the server: {name}" for name in applied]
    lines += [f"automation left out: {name}" for name in waiting]
    advice = ["make the block in the UI under Blocks, and run this again"] if waiting else []
    return "\n".join([*lines, *advice])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Automations, apply_file, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
