"""Housekeeping: measure the store, and prune it by a rule, by hand or on a schedule."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from flows.plain_command import PlainCommand, StoreOption, run_plain_command
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
    """Prune the store: remove the outputs that no recent run used.

    Args:
        store: folder or bucket (s3://, gs:// or az://). If unset: WINE_POINTS_STORE, else `store`.
        keep_runs: number of newest runs whose outputs stay.
        keep_champions: number of newest earlier champions that stay, for a rollback.
        keep_hours: hours for which an output stays after a run made or found it. A run in progress
            needs the outputs that it found.
    """
    silence_tracebacks()
    opened = find_store(store)
    removed = remove_unused(opened, Rule(keep_runs, keep_champions, keep_hours))
    summary = summarize_housekeeping(str(opened), removed, measure_usage(opened))
    create_markdown_artifact(summary.to_markdown(), key="housekeeping")
    return summary.verdict.to_state(summary.reason, summary)


class Store(PlainCommand):
    """Show the size of the store; with --prune, remove the outputs that no recent run used.

    Pruning keeps the champion and the newest earlier champions, the whole history, the outputs that
    the newest runs used, and the outputs that a run made or found in the last hours.
    """

    store: StoreOption = None
    prune: bool = Field(default=False, description="remove unused outputs")
    dry_run: bool = Field(
        default=False, description="with --prune: only print what it would remove"
    )
    keep_runs: int = Field(
        default=KEEP_RUNS, ge=0, description="number of newest runs whose outputs stay"
    )
    keep_champions: int = Field(
        default=KEEP_CHAMPIONS,
        ge=0,
        description="number of newest earlier champions that stay, for a rollback",
    )
    keep_hours: float = Field(
        default=KEEP_HOURS,
        ge=0,
        description="hours for which an output stays after a run made or found it",
    )


def show_or_prune(options: Store) -> str:
    """Prune the store if the options say so; return lines about the store.

    Raises:
        StoreError: there is no store, or it cannot be read or written.
    """
    store = find_store(options.store)
    lines = []
    if options.prune:
        rule = Rule(options.keep_runs, options.keep_champions, options.keep_hours)
        verb = "would remove" if options.dry_run else "removed"
        sizes = prune_store(store, rule, options.dry_run)
        lines = [f"{verb} {name} ({size / MIB:.1f} MiB)" for name, size in sizes.items()]
        lines.append(f"{verb} {len(lines)} entries")
    lines.append(f"{store}: store format {store.format_version}")
    lines += [
        f"  {usage.name:<12}{usage.outputs:>6} entries{usage.size_bytes / MIB:>10.1f} MiB"
        for usage in measure_usage(store)
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Store, show_or_prune, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
