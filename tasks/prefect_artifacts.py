"""What a run shows in Prefect's UI: pages in short, the metrics over all runs."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from tasks.engine.pruning import RUNS
from tasks.engine.run import Run
from tasks.summary import show_plainly

RUNS_SHOWN = 50


def show_page(run: Run, key: str, stage: str, markdown: str, page: str) -> None:
    """Publish a stage's Markdown as an artifact of this run, cached or not, and say where all is.

    Args:
        run: in which the stage ended.
        key: of the artifact.
        stage: whose output the files are.
        markdown: name of its Markdown.
        page: name of its page for a browser.
    """
    artifact = run.outcomes[stage].artifact
    text = run.store.path_of(artifact, markdown).read_text(encoding="utf-8")
    place = show_plainly(run.store.place_of(artifact, page))
    create_markdown_artifact(f"The whole page: `{place.replace('`', '?')}`\n\n{text}", key=key)


def show_metrics(run: Run) -> None:
    """Publish a table of what the newest runs of this store measured, the newest first."""
    create_table_artifact(
        list_metrics(run),
        key="metrics-over-runs",
        description=f"MAE in points of the newest {RUNS_SHOWN} retrainings in {run.store}.",
    )


def list_metrics(run: Run) -> list[dict[str, Any]]:
    """List what the newest retrainings measured, the newest first.

    Returns:
        For each run when it ended, its source, verdict and figures under the names of the columns;
        null where it has none.
    """
    rows = []
    records = run.store.records
    for content in records.read_all(reversed(records.names(RUNS))).values():
        with contextlib.suppress(ValueError):
            record = json.loads(content)
            if "metrics" in record:
                rows.append(_tell(record))
        if len(rows) == RUNS_SHOWN:
            break
    return rows


def _tell(record: dict[str, Any]) -> dict[str, Any]:
    """Make a row of the record of a run; the network's figures stand before the baselines'."""
    ended = f"{record['finished'][:16].replace('T', ' ')} UTC"
    told = {"ended": ended, "source": record["source"], "verdict": record["verdict"]}
    names = sorted(record["metrics"], key=lambda name: (not name.startswith("test_"), name))
    for name in names:
        column = name.replace("test_mae", "MAE").replace("_", " ")
        value = record["metrics"][name]
        told[column] = None if value is None else round(value, 4)
    return told
