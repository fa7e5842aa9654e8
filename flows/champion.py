"""The champion: its history, promotion by hand and rollback, and its mirror in MLflow."""

from __future__ import annotations

import json
from typing import Any

from pydantic import AliasChoices, BaseModel, Field
from pydantic_settings import (
    CliPositionalArg,
    CliSubCommand,
    CliSuppress,
    SettingsConfigDict,
    get_subcommand,
)

from flows.plain_command import PlainCommand, run_plain_command
from tasks.champions.champion import ChampionRegistry
from tasks.champions.history import Event
from tasks.champions.manual_promotion import promote_by_hand, roll_back
from tasks.champions.table import describe_event, show_history
from tasks.configuration.errors import StoreError
from tasks.reporting.summary import show_plainly
from tasks.storage.opening import open_store
from tasks.tracking.mirror import mirror_history, mirror_if_asked

REASON = Field(pattern=r"[\p{L}\p{N}\p{So}]", description="why; the history keeps it")


class Asked(BaseModel):
    """What every subcommand understands."""

    store: str | None = Field(
        default=None,
        description="folder or bucket (s3://, gs:// or az://); else WINE_POINTS_STORE or `store`",
    )
    json_output: bool = Field(
        default=False, validation_alias=AliasChoices("json"), description="print one JSON object"
    )


class ListHistory(Asked):
    """List every decision, promotion by hand and rollback, the newest last."""


class Promote(Asked):
    """Make a candidate or an earlier champion the champion, whatever the rule says of it."""

    version: CliPositionalArg[str] = Field(description="as `list` shows it")
    reason: str = REASON


class Rollback(Asked):
    """Go back to the champion before."""

    reason: str = REASON
    to: str | None = Field(default=None, description="an earlier champion than the one before")


class Mirror(Asked):
    """Tell MLflow, at MLFLOW_TRACKING_URI, what it lacks of the history."""


class ChampionCommand(PlainCommand):
    """Show what became champion and why, and change it by hand."""

    model_config = SettingsConfigDict(cli_hide_none_type=True, cli_prog_name="wine-points champion")

    store: CliSuppress[str | None] = None
    list: CliSubCommand[ListHistory] = Field(description="show the history")
    promote: CliSubCommand[Promote] = Field(description="promote a model by hand")
    rollback: CliSubCommand[Rollback] = Field(description="go back to the champion before")
    mirror: CliSubCommand[Mirror] = Field(description="tell MLflow what it lacks")


def change_or_show(command: ChampionCommand) -> str:
    """Do what was asked; return what there is to say.

    Raises:
        PipelineError: there is no store, or the champion cannot be changed as asked.
    """
    asked: Any = get_subcommand(command, cli_exit_on_error=False)
    store = open_store(asked.store or command.store)
    if not store.exists():
        raise StoreError(f"{store}: no store is here yet; the first run makes it")
    with store.explain_errors():
        if isinstance(asked, ListHistory):
            registry = ChampionRegistry(store)
            return show_history(registry.history(), registry.reigning(), asked.json_output)
        if isinstance(asked, Mirror):
            done = mirror_history(store)
            return json.dumps({"mlflow": done}) if asked.json_output else f"MLflow: {done}"
        if isinstance(asked, Promote):
            event = promote_by_hand(store, asked.version, asked.reason)
        else:
            event = roll_back(store, asked.reason, asked.to)
        told = mirror_if_asked(store)
    if asked.json_output:
        return json.dumps(describe_event(event) | {"mlflow": told})
    return _say_change(event, told)


def _say_change(event: Event, told: str | None) -> str:
    change = (
        f"{event.verdict}: the champion is {event.champion_after}, and was"
        f" {event.champion_before or 'none'}; event {event.number} of the history"
    )
    return f"{change}\nMLflow: {show_plainly(told)}" if told else change


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(ChampionCommand, change_or_show, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
