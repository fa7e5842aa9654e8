"""The texts and the table of a tuning, for the page and the artifact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data_contracts.dataset import Target
from tasks.pages.markdown import escape_markdown, format_table
from tasks.pages.wording import show_number, show_setting
from tasks.trials.results import Trial, choose_best
from tasks.trials.search_space import Dimension

KINDS = ("Trial", "state", "validation MAE", "epochs", "seconds")
"""Columns of the table before those of the settings."""


def write_headline(trials: Sequence[Trial], base: str, target: Target) -> str:
    """Say which trial is the best, beside the first one, which is the preset."""
    best, first = choose_best(trials), trials[0].validation_mae
    if best is None or best.validation_mae is None:
        return "No training came to an end"
    mae = target.format_error(best.validation_mae)
    if best.number == 1:
        return f"No trial is better than the preset {base}, with a validation MAE of {mae}"
    beside = "" if first is None else f", beside {target.format_error(first)} of the preset {base}"
    return f"Trial {best.number} has the lowest validation MAE, {mae}{beside}"


def tabulate(
    trials: Sequence[Trial], dimensions: Sequence[Dimension], target: Target
) -> list[dict[str, str]]:
    """Return a row for each trial, by column."""
    return [
        {
            "Trial": str(trial.number),
            "state": trial.state if trial.repeats is None else f"as trial {trial.repeats}",
            "validation MAE": show_number(trial.validation_mae, target.error_digits),
            "epochs": f"{len(trial.maes)} of {trial.planned_epochs}" if trial.maes else "–",
            "seconds": f"{trial.seconds:,.0f}",
        }
        | {d.name: show_setting(trial.values[d.name]) for d in dimensions}
        for trial in trials
    ]


def to_markdown(content: dict[str, Any]) -> str:
    """Format the page for an artifact of the Prefect run."""
    trials, dimensions, target = content["trials"], content["dimensions"], content["target"]
    rows = tabulate(trials, dimensions, target)
    fenced = f"~~~~yaml\n{content['preset'].rstrip()}\n~~~~" if content["preset"] else ""
    parts = [
        f"# {escape_markdown(write_headline(trials, content['base'], target))}",
        "**Demo data: made-up reviews.**" if content["source"] == "demo" else "",
        "## The preset file" if fenced else "",
        fenced,
        "## The trials",
        format_table(
            [escape_markdown(name) for name in rows[0]], [list(row.values()) for row in rows]
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
