"""What the data quality page and its Markdown say alike: the verdict, and the rules in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from data_contracts.findings import Finding
from data_contracts.profile import Profile, References
from tasks.configuration.contract import load_contract
from tasks.modelling.leakage import Leakage

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


def write_headline(content: QualityContent) -> str:
    """Say the verdict in a sentence."""
    if content.reasons:
        return "The file is rejected: nothing is trained on it."
    if content.rejected:
        are = "row is" if content.rejected == 1 else "rows are"
        return f"The file is accepted; {content.rejected:,} {are} left out."
    return "The file is accepted, every row of it."


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


def sort_broken(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """By severity, the broken rules: those about the whole file, then those of the most rows."""
    broken = [f for f in findings if f.passed is False]
    broken.sort(key=lambda f: (f.unexpected_count is not None, -(f.unexpected_count or 0)))
    return {s: [f for f in broken if f.severity == s] for s in SEVERITIES}


def group_not_asked(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """By reason, the rules that could not be asked."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.passed is None:
            groups.setdefault(finding.not_asked or "it could not be asked", []).append(finding)
    return groups
