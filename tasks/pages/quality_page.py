"""The data quality page and its Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data_contracts.checks import Finding
from tasks.pages.markdown import escape_markdown, format_table
from tasks.pages.page import render_page


def to_html(facts: dict[str, Any], findings: Sequence[Finding]) -> str:
    """Write the whole page."""
    not_run = [finding.rule for finding in findings if finding.passed is None]
    return render_page("data_quality.html", findings=findings, not_run=not_run, **facts)


def to_markdown(facts: dict[str, Any], findings: Sequence[Finding]) -> str:
    """Write the verdict, its reasons and the broken rules as Markdown."""
    broken = [
        [f.severity, f.meaning, f.rule, f.unexpected_count, _show_examples(f)]
        for severity in ("critical", "warning", "info")
        for f in findings
        if f.severity == severity and f.passed is False
    ]
    parts = [
        f"# {facts['verdict']}: {facts['rejected']:,} of {facts['rows']:,} rows left out",
        "\n".join(f"- {escape_markdown(reason)}" for reason in facts["reasons"]),
        "## Broken rules" if broken else "No rule is broken.",
        format_table(["Severity", "meaning", "rule", "rows", "examples"], broken) if broken else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _show_examples(finding: Finding) -> str:
    if finding.observed is not None:
        return finding.observed
    return "; ".join(f"row {row}: {value or '(empty)'}" for row, value in finding.examples)
