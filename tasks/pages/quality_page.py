"""The data quality page and its Markdown: the verdict, what failed, what changed, what leaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from data_contracts.contract import load_contract
from data_contracts.findings import Finding
from data_contracts.profile import Profile, References
from tasks.leakage import Leakage
from tasks.pages.changes import COUNTRY_CHANGE_MIN, NULLS_CHANGE_MIN, Change, compare
from tasks.pages.distributions import draw_lengths, draw_nulls, draw_points, draw_prices
from tasks.pages.markdown import escape_markdown, format_table
from tasks.pages.page import render_page, trust_markup
from tasks.pages.wording import WORD_CHARACTERS, format_share, show_observed, show_text

SEVERITIES = ("critical", "warning", "info")
EXAMPLE_CHARACTERS = 140
SHORT_TEXT_CHARACTERS_MAX = 60
LONG_TEXTS_MAX = 3


class QualityContent(NamedTuple):
    """What the page shows.

    Attributes:
        source: what people call the source; `demo` means made-up reviews.
        verdict: `Accepted` or `DataRejected`.
        reasons: why the file is rejected, in sentences; empty when it is accepted.
        rows: rows of the file.
        rejected: rows that break a critical rule.
        contract_version: the contract's own version.
        findings: what each rule of the contract said, in the contract's order.
        profile: counts of this file.
        references: what it is compared with.
        leakage: what a split by position would leak.
    """

    source: str | None
    verdict: str
    reasons: list[str]
    rows: int
    rejected: int
    contract_version: str
    findings: Sequence[Finding]
    profile: Profile
    references: References
    leakage: Leakage


def to_html(content: QualityContent) -> str:
    """Write the whole page."""
    known = content.references
    last, champion = (known[k].profile if k in known else None for k in ("last", "champion"))
    drawn = {
        "points": draw_points(content.profile, last, champion),
        "prices": draw_prices(content.profile, last),
        "lengths": draw_lengths(content.profile, last),
        "nulls": draw_nulls(content.profile, last),
    }
    return render_page(
        "data_quality.html",
        quality_macros="quality_macros.html",
        **content._asdict(),
        headline=write_headline(content),
        broken=_sort_broken(content.findings),
        not_asked=_group_not_asked(content.findings),
        advice={f.rule: advise(f) for f in content.findings if f.passed is False},
        comparisons=compare(content.profile, content.references, content.findings),
        pictures={name: trust_markup(svg) for name, svg in drawn.items() if svg},
        share=format_share,
        text=show_text,
        observed=show_observed,
        examples_of=group_examples,
        nulls_change_min=NULLS_CHANGE_MIN,
        country_change_min=COUNTRY_CHANGE_MIN,
        word_characters=WORD_CHARACTERS,
        example_characters=EXAMPLE_CHARACTERS,
    )


def to_markdown(content: QualityContent) -> str:
    """Write what must be known before anything is opened as Markdown."""
    broken = [
        [f.severity, f.meaning, f.rule, _count_rows(f), _list_examples(f), advise(f)]
        for findings in _sort_broken(content.findings).values()
        for f in findings
    ]
    parts = [
        f"# {content.verdict}: {escape_markdown(write_headline(content))}",
        "**Demo data: made-up reviews.**" if content.source == "demo" else "",
        "\n".join(f"- {escape_markdown(show_text(reason))}" for reason in content.reasons),
        f"{content.rejected:,} of {content.rows:,} rows break a critical rule.",
        "## Broken rules" if broken else "No rule is broken.",
        format_table(["Severity", "meaning", "rule", "rows", "found", "what to do"], broken)
        if broken
        else "",
        "## What changed",
        *_write_changes(content),
        "## Leakage",
        escape_markdown(write_leakage(content.leakage)),
    ]
    if groups := _group_not_asked(content.findings):
        counted = "; ".join(
            f"{show_text(reason)} ({len(rules)})" for reason, rules in groups.items()
        )
        parts.append(f"Rules not asked: {escape_markdown(counted)}.")
    return "\n\n".join(part for part in parts if part) + "\n"


def _write_changes(content: QualityContent) -> list[str]:
    parts = []
    for comparison in compare(content.profile, content.references, content.findings):
        name = escape_markdown(show_text(comparison.known.name))
        if comparison.same_as:
            same = escape_markdown(show_text(comparison.same_as))
            parts.append(f"{name[:1].upper()}{name[1:]} counts the same as {same}.")
            continue
        parts += [f"Against {name}:", _format_changes(comparison.changes)]
        for words, fate in ((comparison.new, "new"), (comparison.gone, "gone")):
            listed = ", ".join(
                f"{show_text(word, WORD_CHARACTERS)} ({n:,})" for word, n in words.most
            )
            if listed:
                parts.append(f"Words that are {fate}: {escape_markdown(listed)}")
    return parts or ["There is nothing to compare with."]


def _format_changes(changes: list[Change]) -> str:
    return format_table(["Figure", "then", "now", "change"], changes)


def _count_rows(finding: Finding) -> str | None:
    return None if finding.unexpected_count is None else f"{finding.unexpected_count:,}"


def group_examples(finding: Finding) -> list[tuple[str, str | None]]:
    """List the rows of each value, so that what many rows share stands once.

    Returns:
        `(rows, value)`; the value is None where further long texts would make a wall.
    """
    rows_of: dict[str, list[str]] = {}
    for row, value in finding.examples:
        rows_of.setdefault(value, []).append(f"{row:,}")
    groups: dict[str | None, list[str]] = {}
    for place, (value, rows) in enumerate(rows_of.items()):
        is_shown = place < LONG_TEXTS_MAX or len(value) <= SHORT_TEXT_CHARACTERS_MAX
        groups.setdefault(value if is_shown else None, []).extend(rows)
    return [
        (f"row{'s' if len(rows) > 1 else ''} {', '.join(rows)}", value)
        for value, rows in groups.items()
    ]


def _list_examples(finding: Finding) -> str:
    if finding.observed is not None:
        return show_observed(finding.observed)
    return "; ".join(
        rows if value is None else f"{rows}: {show_text(value, EXAMPLE_CHARACTERS) or '(empty)'}"
        for rows, value in group_examples(finding)
    )


def write_headline(content: QualityContent) -> str:
    """Say the verdict in a sentence."""
    if content.reasons:
        return "The file is rejected: nothing is trained on it."
    if content.rejected:
        are = "row is" if content.rejected == 1 else "rows are"
        return f"The file is accepted; {content.rejected:,} {are} left out."
    return "The file is accepted, every row of it."


def write_leakage(leakage: Leakage) -> str:
    """Say what a split would leak in two sentences."""
    validation = f"{leakage.validation_seen_rows:,} of {leakage.validation_rows:,}"
    test = f"{leakage.test_seen_rows:,} of {leakage.test_rows:,}"
    return (
        f"{leakage.repeated_rows:,} rows repeat the text of an earlier row. Split by position,"
        f" {validation} validation rows would also train, and {test} test rows would also train or"
        " choose; split by text, none."
    )


def advise(finding: Finding) -> str | None:
    """Say what to do about a broken rule, where its severity does not say it already."""
    rule = {rule.name: rule for rule in load_contract().rules}.get(finding.rule)
    needs = rule.needs if rule else set()
    if "last" in needs:
        return (
            "If the change is meant, run again with another `--reference`, or with"
            " `--reference none`."
        )
    if "champion" in needs and finding.severity == "critical":
        return "If the change is meant, run again with `--reference none`."
    if "champion" in needs:
        return "If the change is meant, go on: a champion trained on this file is the new measure."
    return None


def _sort_broken(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """By severity, the broken rules: those about the whole file, then those of the most rows."""
    broken = [f for f in findings if f.passed is False]
    broken.sort(key=lambda f: (f.unexpected_count is not None, -(f.unexpected_count or 0)))
    return {s: [f for f in broken if f.severity == s] for s in SEVERITIES}


def _group_not_asked(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.passed is None:
            groups.setdefault(finding.not_asked or "it could not be asked", []).append(finding)
    return groups
