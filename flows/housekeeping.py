"""Housekeeping: what the store holds, and pruning it by a stated rule, by hand or on a schedule."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from flows.plain_command import PlainCommand, run_plain_command
from tasks.configuration.errors import silence_tracebacks
from tasks.housekeeping import (
    KEEP_CHAMPIONS,
    KEEP_HOURS,
    KEEP_RUNS,
    Rule,
    find_store,
    measure_usage,
    prune_store,
    remove_unused,
)
from tasks.reporting.housekeeping_summary import MIB, summarize_housekeeping
from tasks.storage.opening import StoreName


@flow(name="housekeeping", persist_result=False)
def housekeeping(
    store: StoreName = None,
    keep_runs: Annotated[int, Field(ge=0)] = KEEP_RUNS,
    keep_champions: Annotated[int, Field(ge=0)] = KEEP_CHAMPIONS,
    keep_hours: Annotated[float, Field(ge=0)] = KEEP_HOURS,
) -> State[Any]:
    """Remove from the store what no recent run used.

    Args:
        store: folder or bucket (s3://, gs:// or az://); none: WINE_POINTS_STORE of the environment,
            else `store`.
        keep_runs: newest runs whose outputs are kept.
        keep_champions: newest earlier champions that are kept for a rollback.
        keep_hours: hours for which what was made or found is kept; a run under way needs what it
            found.
    """
    silence_tracebacks()
    opened = find_store(store)
    gone = remove_unused(opened, Rule(keep_runs, keep_champions, keep_hours))
    summary = summarize_housekeeping(str(opened), gone, measure_usage(opened))
    create_markdown_artifact(summary.to_markdown(), key="housekeeping")
    return summary.verdict.to_state(summary.reason, summary)


class Housekeeping(PlainCommand):
    """Show what the store holds; with --prune, remove what no recent run used.

    Kept are the champion and the newest earlier ones, the whole history, every output that one of
    the newest runs used, and whatever was made or found in the last hours.
    """

    model_config = SettingsConfigDict(cli_prog_name="wine-points store")

    store: str = Field(default="store", description="folder or bucket (s3://, gs:// or az://)")
    prune: bool = Field(default=False, description="remove what the rule lets go")
    dry_run: bool = Field(default=False, description="with --prune: say what would go, remove none")
    keep_runs: int = Field(
        default=KEEP_RUNS, ge=0, description="newest runs whose outputs are kept"
    )
    keep_champions: int = Field(
        default=KEEP_CHAMPIONS,
        ge=0,
        description="newest earlier champions that are kept for a rollback",
    )
    keep_hours: float = Field(
        default=KEEP_HOURS, ge=0, description="hours for which what was made or found is kept"
    )


def keep_house(asked: Housekeeping) -> str:
    """Say what the store holds, and prune it if asked to.

    Raises:
        StoreError: there is no store, or it cannot be read or written.
    """
    store = find_store(asked.store)
    lines = []
    if asked.prune:
        rule = Rule(asked.keep_runs, asked.keep_champions, asked.keep_hours)
        verb = "would go" if asked.dry_run else "gone"
        sizes = prune_store(store, rule, asked.dry_run)
        lines = [f"{verb}: {name} ({size / MIB:.1f} MiB)" for name, size in sizes.items()]
        lines.append(f"{len(lines)} entries {verb}")
    lines.append(f"{store}: store format {store.format_version}")
    held = [
        f"  {usage.name:<12}{usage.outputs:>6} entries{usage.size_bytes / MIB:>10.1f} MiB"
        for usage in measure_usage(store)
    ]
    return "\n".join([*lines, *held])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Housekeeping, keep_house, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
