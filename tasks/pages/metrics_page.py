"""The page of metrics over runs."""

from __future__ import annotations

from collections.abc import Sequence

from data_contracts.dataset import Target
from tasks.pages.metrics_content import (
    TEXTS,
    pick_figures,
    tabulate,
    write_headline,
    write_lead,
)
from tasks.pages.metrics_curve import draw_metrics
from tasks.pages.page import render_page, trust_markup
from tasks.reporting.run_records import RunRecord


def to_html(runs: Sequence[RunRecord], target: Target) -> str:
    """Render the page.

    Args:
        runs: at least one, the oldest first.
        target: its scale.
    """
    measured = any(run.metrics.get("test_mae") is not None for run in runs)
    return render_page(
        "metrics.html",
        headline=write_headline(runs, target),
        lead=write_lead(runs),
        demo=all(run.source == "demo" for run in runs),
        curve=trust_markup(draw_metrics(runs, target)) if measured else None,
        figures=pick_figures(runs, target),
        rows=tabulate(runs, target),
        texts=TEXTS,
    )
