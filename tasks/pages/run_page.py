"""The report of a run as an HTML page and as Markdown."""

from __future__ import annotations

from typing import Any

from data_contracts.dataset import Target
from tasks.pages.markdown import escape_markdown, format_table
from tasks.pages.page import render_page
from tasks.pages.wording import fold_text, format_share, show_setting

COMPARED_HEADER = ("By", "slice beside the champion", "rows", "MAE larger by", "at least")


def to_html(content: dict[str, Any]) -> str:
    """Render the page."""
    shown = {"fold": fold_text, "setting": show_setting}
    return render_page("run_report.html", run_macros="run_macros.html", **shown, **content)


def to_markdown(content: dict[str, Any]) -> str:
    """Format the verdict and the figures of the page as Markdown."""
    decision, figures = content["decision"], content["figures"]
    target, digits = content["target"], content["target"].error_digits
    origins = [[a.stage, a.address, a.digest] for a in content["artifacts"]]
    parts = [
        f"# {decision['verdict']}: {content['headline']}",
        "**Demo data: made-up reviews.**" if content["source"] == "demo" else "",
        escape_markdown(decision["reason"]),
        *_format_decision(decision, digits),
        f"## {target.label('Mean absolute error on the test set')}",
        _format_scores(content["scores"], figures, digits),
        escape_markdown(content["sample_note"]),
        *_format_history(content["history"], digits),
        *_format_curve(content["curve"], content["advice"], digits),
        "## Prediction intervals",
        _format_intervals(figures["intervals"], digits),
        "## Slices",
        _format_slices(figures, digits),
        "## Worst predictions",
        _format_worst(content["worst"], target),
        "## What went in",
        format_table(["Stage", "address", "digest"], origins),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _pick(parts: list[dict[str, Any]], keys: tuple[str, ...]) -> list[list[Any]]:
    return [[part[key] for key in keys] for part in parts]


def _format_decision(decision: dict[str, Any], digits: int) -> list[str]:
    marks = ["yes" if check["passed"] else "no" for check in decision["checks"]]
    header, checks = ["The candidate", "detail"], _pick(decision["checks"], ("name", "detail"))
    # A column that is equal in every row is said once.
    equal = {"yes": "All checks passed.", "no": "No check passed."} if len({*marks}) == 1 else {}
    if not equal:
        header.insert(1, "passed")
        checks = [[name, mark, detail] for (name, detail), mark in zip(checks, marks, strict=True)]
    slices = [s for check in decision["checks"] for s in check["figures"].get("slices", [])]
    compared = _pick(slices, ("by", "slice", "rows", "loss", "lower_limit"))
    return [
        equal[marks[0]] if equal else "",
        format_table(header, checks),
        format_table(COMPARED_HEADER, compared, digits) if compared else "",
    ]


def _format_scores(scores: list[dict[str, Any]], figures: dict[str, Any], digits: int) -> str:
    rows, unseen_rows = figures["rows"], figures["rows"] - figures["seen_rows"]
    header = [
        "Model",
        f"MAE on the {figures['fair']['rows']:,} texts of the promotion",
        f"on all {rows:,} rows",
        f"on the {unseen_rows:,} unseen rows",
    ]
    return format_table(header, _pick(scores, ("name", "fair", "every", "unseen")), digits)


def _format_history(history: list[dict[str, float]], digits: int) -> list[str]:
    if not history:
        return []
    epochs = [[i, f"{e['loss']:.3f}", e["validation_mae"]] for i, e in enumerate(history, 1)]
    header = ["Epoch", "training loss", "validation MAE"]
    return ["## Epochs", format_table(header, epochs, digits)]


def _format_curve(curve: list[dict[str, Any]], advice: str, digits: int) -> list[str]:
    if not curve:
        return []
    header = ["Training reviews", "validation MAE of the model", "of ridge"]
    table = format_table(header, _pick(curve, ("rows", "network", "ridge")), digits)
    return ["## Would more reviews help?", advice, table]


def _format_intervals(intervals: list[dict[str, Any]], digits: int) -> str:
    header = ["%", "±", "of all test rows within", "of the unseen"]
    rows = [
        [i["level"], i["half_width"], *map(format_share, (i["coverage"], i["coverage_unseen"]))]
        for i in intervals
    ]
    return format_table(header, rows, digits)


def _format_slices(figures: dict[str, Any], digits: int) -> str:
    levels = [interval["level"] for interval in figures["intervals"]]
    header = ["By", "slice", "rows", "MAE", "bias", *(f"in {level} %" for level in levels)]
    rows = [
        [part[key] for key in ("by", "slice", "rows", "mae", "bias")]
        + [format_share(part["coverage"][level]) for level in levels]
        for part in figures["slices"]
    ]
    return format_table(header, rows, digits)


def _format_worst(worst: list[dict[str, Any]], target: Target) -> str:
    names = list(worst[0]["shown"]) if worst else []
    header = ["Row", "actual", "predicted", "error", *map(escape_markdown, names), "review"]
    rows = [
        [w[key] for key in ("row_number", "actual", "predicted", "error")]
        + [w["shown"][name] for name in names]
        + [w["text"]]
        for w in worst
    ]
    return format_table(header, rows, target.digits)
