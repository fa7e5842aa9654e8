"""The data quality report as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from data_contracts.findings import Finding
from tasks.deliveries.partitions import DeliveredFile
from tasks.modelling.leakage import Leakage
from tasks.pages.changes import compare
from tasks.pages.markdown import escape_markdown, format_table
from tasks.pages.quality_content import (
    EXAMPLE_CHARACTERS,
    QualityContent,
    advise,
    group_examples,
    group_not_evaluated,
    sort_broken,
    write_headline,
)
from tasks.pages.wording import WORD_CHARACTERS, show_observed, show_text


def to_markdown(content: QualityContent) -> str:
    """Format the verdict, the broken rules, the changes and the leakage."""
    broken = [
        [
            f.severity,
            f.meaning,
            f.rule,
            _count_rows(f),
            _list_examples(f, content.files),
            advise(f, content.contract),
        ]
        for findings in sort_broken(content.findings).values()
        for f in findings
    ]
    parts = [
        f"# {content.verdict}: {escape_markdown(write_headline(content))}",
        "**Demo data: made-up reviews.**" if content.source == "demo" else "",
        "\n".join(f"- {escape_markdown(show_text(reason))}" for reason in content.reasons),
        "## How the file was read" if content.notes else "",
        "\n".join(f"- {escape_markdown(show_text(note))}" for note in content.notes),
        f"{escape_markdown(show_text(content.source or 'an unnamed source'))}"
        f" ({escape_markdown(content.form)}): {content.rejected:,} of {content.rows:,} rows break a"
        " critical rule.",
        "## Broken rules" if broken else "No rule is broken.",
        format_table(["Severity", "meaning", "rule", "rows", "found", "what to do"], broken)
        if broken
        else "",
        "## What changed",
        *_write_changes(content),
        "## Leakage",
        escape_markdown(_write_leakage(content.leakage)),
    ]
    if groups := group_not_evaluated(content.findings):
        counted = "; ".join(
            f"{show_text(reason)} ({len(rules)})" for reason, rules in groups.items()
        )
        parts.append(f"Rules not evaluated: {escape_markdown(counted)}.")
    return "\n\n".join(part for part in parts if part) + "\n"


def _write_changes(content: QualityContent) -> list[str]:
    parts = []
    for comparison in compare(content):
        name = escape_markdown(show_text(comparison.known.name))
        if comparison.same_as:
            same = escape_markdown(show_text(comparison.same_as))
            parts.append(f"{name[:1].upper()}{name[1:]} counts the same as {same}.")
            continue
        changes = format_table(["Figure", "then", "now", "change"], comparison.changes)
        parts += [f"Against {name}:", changes]
        for words, fate in ((comparison.new, "new"), (comparison.gone, "gone")):
            listed = ", ".join(
                f"{show_text(word, WORD_CHARACTERS)} ({n:,})" for word, n in words.most
            )
            if listed:
                parts.append(f"Words that are {fate}: {escape_markdown(listed)}")
    return parts or ["There is nothing to compare with."]


def _count_rows(finding: Finding) -> str | None:
    return None if finding.unexpected_count is None else f"{finding.unexpected_count:,}"


def _list_examples(finding: Finding, files: Sequence[DeliveredFile]) -> str:
    if finding.observed is not None:
        return show_observed(finding.observed)
    return "; ".join(
        rows if value is None else f"{rows}: {show_text(value, EXAMPLE_CHARACTERS) or '(empty)'}"
        for rows, value in group_examples(finding, files)
    )


def _write_leakage(leakage: Leakage) -> str:
    """Describe the leakage in two sentences."""
    validation = f"{leakage.validation_seen_rows:,} of {leakage.validation_rows:,}"
    test = f"{leakage.test_seen_rows:,} of {leakage.test_rows:,}"
    return (
        f"{leakage.repeated_rows:,} rows repeat the text of an earlier row. In a split by position,"
        f" as in the preset notebook, {validation} validation rows would also train, and {test}"
        " test rows would also train or choose; in a split by text, as in all other presets, none."
    )
