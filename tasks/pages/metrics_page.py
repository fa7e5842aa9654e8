"""The page of metrics over runs."""

from __future__ import annotations

from collections.abc import Sequence

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


def to_html(runs: Sequence[RunRecord]) -> str:
    """Render the page.

    Args:
        runs: at least one, the oldest first.
    """
    measured = any(run.metrics.get("test_mae") is not None for run in runs)
    return render_page(
        "metrics.html",
        headline=write_headline(runs),
        lead=write_lead(runs),
        demo=all(run.source == "demo" for run in runs),
        curve=trust_markup(draw_metrics(runs)) if measured else None,
        figures=pick_figures(runs),
        rows=tabulate(runs),
        texts=TEXTS,
    )
