"""The texts and the table of the metrics over runs, for the page and the artifact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from data_contracts.dataset import Target
from tasks.pages.markdown import escape_markdown, format_table
from tasks.pages.wording import show_number, show_text
from tasks.reporting.run_records import Retrainings, RunRecord
from tasks.storage.run_names import RUNS_SHOWN

NONE = "–"
SOURCE_CHARACTERS = 80
BASELINE_UNSEEN = "_test_mae_unseen"
"""Suffix of metrics that the table leaves out; the reports of the runs show them."""
TEXTS = ("Ended (UTC)", "Verdict", "Champion then", "Source")
"""Columns with text; all others contain numbers."""


def write_headline(runs: Sequence[RunRecord], target: Target) -> str:
    """Return the headline, with the champion's test MAE."""
    newest = runs[-1]
    if newest.champion and newest.champion.test_mae is not None:
        mae = target.format_error(newest.champion.test_mae)
        return f"The champion's test MAE was {mae} when it was promoted"
    # Records of older versions have no flow, and lack the champion.
    return (
        "There is no champion yet" if newest.flow and not newest.champion else "Metrics over runs"
    )


def write_lead(runs: Sequence[RunRecord]) -> str:
    """Return a sentence with the number of runs and of each verdict."""
    counts = Counter(show_text(run.verdict) for run in runs)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    named = f"{len(runs)} retraining{'s' if len(runs) != 1 else ''} of this store"
    newest = "The newest " if len(runs) == RUNS_SHOWN else ""
    return f"{newest}{named}: {counted}. Runs that found nothing new are left out."


def pick_figures(runs: Sequence[RunRecord], target: Target) -> list[tuple[str, str, str]]:
    """Return the main figures as label, figure and note."""
    figures, digits = [], target.error_digits
    measured = [run for run in runs if run.metrics.get("test_mae") is not None]
    if measured:
        last = measured[-1]
        about = f"{show_text(last.verdict)}, {last.finished:%d %b %Y}"
        figures.append(
            ("Newest candidate's test MAE", show_number(last.metrics["test_mae"], digits), about)
        )
        if ridge := last.metrics.get("ridge_test_mae"):
            figures.append(
                ("Ridge in the same run", show_number(ridge, digits), "TF-IDF of words and bigrams")
            )
    if champion := runs[-1].champion:
        figures.insert(
            0,
            (
                "Champion's test MAE",
                show_number(champion.test_mae, digits),
                show_text(champion.version),
            ),
        )
    if rejected := sum(run.verdict == "DataRejected" for run in runs):
        about = "nothing was trained on them"
        figures.append(("Files rejected", f"{rejected} of {len(runs)}", about))
    return figures


def tabulate(runs: Sequence[RunRecord], target: Target) -> list[dict[str, str]]:
    """Return a row for each run, by column, the newest run first."""
    names = {name for run in runs for name in run.metrics if not name.endswith(BASELINE_UNSEEN)}
    # The network's metrics come before those of the baselines.
    ordered = sorted(names, key=lambda name: (not name.startswith("test_"), name))
    return [_write_row(run, ordered, target.error_digits) for run in reversed(runs)]


def to_markdown(retrainings: Retrainings, place: str | None, target: Target) -> str:
    """Format the metrics for an artifact of the Prefect run.

    Args:
        retrainings: the newest retrainings.
        place: path of the page; None if there is none.
        target: its scale.
    """
    runs, unchanged = retrainings.runs, retrainings.unchanged
    if not runs:
        return "No retraining has come to a decision yet.\n"
    shown = show_text(place or "").replace("`", "?")
    lead = escape_markdown(write_lead(runs))
    since = f" Since the newest of these {unchanged} found nothing new." if unchanged else ""
    rows = tabulate(runs, target)
    parts = [
        f"The whole page: `{shown}`" if place else "",
        f"# {escape_markdown(write_headline(runs, target))}",
        f"{lead}{since}",
        format_table(
            [escape_markdown(name) for name in rows[0]], [list(row.values()) for row in rows]
        ),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _write_row(run: RunRecord, names: Sequence[str], digits: int) -> dict[str, str]:
    champion = run.champion
    row = {"Ended (UTC)": f"{run.finished:%Y-%m-%d %H:%M}", "Verdict": show_text(run.verdict)}
    row |= {_name_column(name): show_number(run.metrics.get(name), digits) for name in names}
    return row | {
        "Champion then": show_text(champion.version) if champion else NONE,
        "its MAE": show_number(champion.test_mae if champion else None, digits),
        "Rows": NONE if run.rows is None else f"{run.rows:,}",
        "new rows": _signed(run.new_rows),
        "Stages cached": f"{run.cached_stages} of {run.stages}" if run.stages else NONE,
        "Source": show_text(run.source, SOURCE_CHARACTERS),
    }


def _signed(rows: int | None) -> str:
    return NONE if rows is None else f"{rows:+,}".replace("-", "−") if rows else "0"


def _name_column(metric: str) -> str:
    return show_text(metric.replace("test_mae", "MAE").replace("_", " "))
