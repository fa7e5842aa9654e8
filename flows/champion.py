"""Show the champion's history, promote or roll back by hand, and mirror the history to MLflow."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, Field
from pydantic_settings import CliPositionalArg, CliSubCommand, get_subcommand

from flows.plain_command import ContractOption, PlainCommand, StoreOption, run_plain_command
from tasks.champions.champion import ChampionRegistry
from tasks.champions.history import Event
from tasks.champions.manual_promotion import promote_by_hand, roll_back
from tasks.champions.table import describe_event, show_history
from tasks.configuration.contract import load_contract
from tasks.housekeeping import find_store
from tasks.reporting.summary import show_plainly
from tasks.tracking.mirror import mirror_history, mirror_if_asked

REASON = Field(pattern=r"[\p{L}\p{N}\p{So}]", description="reason, recorded in the history")


class Subcommand(BaseModel):
    """Base of the subcommands."""

    contract: ContractOption = None
    store: StoreOption = None
    json_output: bool = Field(default=False, description="print one JSON object")


class ListHistory(Subcommand):
    """List all decisions, promotions by hand and rollbacks, the newest last."""


class Promote(Subcommand):
    """Promote a candidate or an earlier champion, regardless of the promotion rule."""

    version: CliPositionalArg[str] = Field(description="version of the model, as `list` shows it")
    reason: str = REASON


class Rollback(Subcommand):
    """Make the previous champion the champion again."""

    reason: str = REASON
    to: str | None = Field(default=None, description="version of an earlier champion to go back to")


class Mirror(Subcommand):
    """Add to MLflow, at MLFLOW_TRACKING_URI, the events of the history that it lacks."""


class Champion(PlainCommand):
    """Show the history of the champion, or change the champion by hand."""

    list: CliSubCommand[ListHistory] = Field(description="show the history")
    promote: CliSubCommand[Promote] = Field(description="promote a model by hand")
    rollback: CliSubCommand[Rollback] = Field(description="go back to the previous champion")
    mirror: CliSubCommand[Mirror] = Field(description="add missing events to MLflow")


def show_or_change(command: Champion) -> str:
    """Run the subcommand; return the text to print.

    Raises:
        PipelineError: there is no store, or the champion cannot be changed.
    """
    options: Any = get_subcommand(command, cli_exit_on_error=False)
    contract = load_contract(options.contract)
    store = find_store(options.store).scoped(contract.scope)
    with store.explain_errors():
        if isinstance(options, ListHistory):
            registry, target = ChampionRegistry(store), contract.dataset.target
            champion = registry.reigning()
            return show_history(registry.history(), champion, target, options.json_output)
        if isinstance(options, Mirror):
            result = mirror_history(store)
            return json.dumps({"mlflow": result}) if options.json_output else f"MLflow: {result}"
        if isinstance(options, Promote):
            event = promote_by_hand(store, options.version, options.reason, contract.dataset)
        else:
            event = roll_back(store, options.reason, options.to)
        mirror_result = mirror_if_asked(store)
    if options.json_output:
        return json.dumps(describe_event(event) | {"mlflow": mirror_result})
    return _show_change(event, mirror_result)


def _show_change(event: Event, mirror_result: str | None) -> str:
    change = (
        f"{event.verdict}: the champion is {event.champion_after}, and was"
        f" {event.champion_before or 'none'}; event {event.number} of the history"
    )
    return f"{change}\nMLflow: {show_plainly(mirror_result)}" if mirror_result else change


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Champion, show_or_change, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
