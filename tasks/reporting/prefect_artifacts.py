"""What a run shows in Prefect's UI: pages in short, the metrics over all runs."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact

from tasks.engine.run import Run
from tasks.pages.metrics_content import to_markdown
from tasks.reporting.metrics_over_runs import keep_metrics_page
from tasks.reporting.run_records import read_retrainings
from tasks.reporting.summary import show_plainly


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
    """Publish what the newest retrainings measured, and keep the page of them up to date."""
    retrainings = read_retrainings(run.store.records)
    place = keep_metrics_page(run.store, retrainings)
    create_markdown_artifact(to_markdown(retrainings, place), key="metrics-over-runs")
