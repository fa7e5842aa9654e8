"""The Markdown artifacts of a run in Prefect's UI: its pages in short, and metrics over runs."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from tasks.engine.run import Run
from tasks.pages.metrics_content import to_markdown
from tasks.reporting.metrics_over_runs import keep_metrics_page
from tasks.reporting.run_records import read_retrainings
from tasks.reporting.summary import show_plainly


def show_page(run: Run, key: str, stage: str, markdown: str, page: str) -> None:
    """Publish a stage's Markdown, with the path of its page, as an artifact of this run.

    Args:
        run: the run, which ran the stage or found its output.
        key: of the artifact.
        stage: the stage.
        markdown: name of its Markdown file.
        page: name of its HTML page.
    """
    artifact = run.outcomes[stage].artifact
    text = run.store.path_of(artifact, markdown).read_text(encoding="utf-8")
    place = show_plainly(run.store.place_of(artifact, page))
    create_markdown_artifact(f"The whole page: `{place.replace('`', '?')}`\n\n{text}", key=key)


def show_metrics(run: Run) -> None:
    """Publish the metrics of the newest retrainings, and update their page."""
    retrainings = read_retrainings(run.store.records)
    place = keep_metrics_page(run, retrainings)
    text = to_markdown(retrainings, place, run.contract.dataset.target)
    create_markdown_artifact(text, key="metrics-over-runs")
