"""The run's page and its Markdown, from what the report collected."""

from __future__ import annotations

from typing import Any

from tasks.pages.markdown import escape_markdown, format_table
from tasks.pages.page import render_page

COMPARED_HEADER = ("By", "slice beside the champion", "rows", "MAE larger by", "at least")


def to_html(content: dict[str, Any]) -> str:
    """Write the whole page."""
    return render_page("run_report.html", run_macros="run_macros.html", **content)


def to_markdown(content: dict[str, Any]) -> str:
    """Write the verdict and the figures of the page as Markdown."""
    decision, figures = content["decision"], content["figures"]
    rows, unseen_rows = figures["rows"], figures["rows"] - figures["seen_rows"]
    checks = [[c["name"], "yes" if c["passed"] else "no", c["detail"]] for c in decision["checks"]]
    compared = [
        [part[key] for key in ("by", "slice", "rows", "loss", "lower_limit")]
        for check in decision["checks"]
        for part in check["figures"].get("slices", [])
    ]
    epochs = [[i, e["loss"], e["validation_mae"]] for i, e in enumerate(content["history"], 1)]
    scores = [[score[key] for key in ("name", "every", "unseen")] for score in content["scores"]]
    interval_keys = ("level", "half_width_points", "coverage", "coverage_unseen")
    intervals = [[interval[key] for key in interval_keys] for interval in figures["intervals"]]
    levels = [interval["level"] for interval in figures["intervals"]]
    slices = [
        [part[key] for key in ("by", "slice", "rows", "mae", "bias")]
        + [part["coverage"][level] for level in levels]
        for part in figures["slices"]
    ]
    worst_keys = ("row_number", "points", "predicted_points", "error", "title", "description")
    worst = [[review[key] for key in worst_keys] for review in content["worst"]]
    origins = [[a.stage, a.address, a.digest] for a in content["artifacts"]]
    scores_header = ["Model", f"MAE on all {rows:,} rows", f"on the {unseen_rows:,} unseen rows"]
    parts = [
        f"# {decision['verdict']}: {content['headline']}",
        "**Demo data: made-up reviews.**" if content["source"] == "demo" else "",
        escape_markdown(decision["reason"]),
        format_table(["The candidate", "passed", "detail"], checks),
        format_table(COMPARED_HEADER, compared) if compared else "",
        "## Mean absolute error on the test set, in points",
        format_table(scores_header, scores),
        "## Learning curves",
        format_table(["Epoch", "training loss", "validation MAE in points"], epochs),
        "## Prediction intervals",
        format_table(["%", "± points", "of all test rows within", "of the unseen"], intervals),
        "## Slices",
        format_table(
            ["By", "slice", "rows", "MAE", "bias", *(f"in {level} %" for level in levels)], slices
        ),
        "## Worst predictions",
        format_table(["Row", "points", "predicted", "error", "title", "review"], worst),
        "## What went in",
        format_table(["Stage", "address", "digest"], origins),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"
