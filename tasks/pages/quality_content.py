"""The content of the data quality report, for the page and the Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

from data_contracts.contract import Contract
from data_contracts.findings import Finding
from data_contracts.profile import Profile, References
from tasks.configuration.verdicts import Verdict
from tasks.deliveries.partitions import DeliveredFile, locate
from tasks.modelling.leakage import Leakage
from tasks.pages.wording import show_text

if TYPE_CHECKING:
    from data_contracts.judgement import Assessment

SEVERITIES = ("critical", "warning", "info")
EXAMPLE_CHARACTERS = 140
SHORT_TEXT_CHARACTERS_MAX = 60
LONG_TEXTS_MAX = 3


class QualityContent(NamedTuple):
    """The content of the data quality report.

    Attributes:
        source: name of the source; `demo` means made-up reviews.
        form: how the file is written, such as `CSV in UTF-8, with commas between fields`.
        verdict: `Accepted` or `DataRejected`.
        reasons: sentences that explain a rejection; empty if the file is accepted.
        rows: number of rows of the file.
        rejected: number of rows that break a critical rule.
        contract: the rules, and the roles of the columns.
        notes: how the file was read, in sentences.
        findings: the result of each rule, in the contract's order.
        profile: of this file.
        references: the profiles that it is compared with.
        leakage: of a positional split.
        files: the files of the delivery.
    """

    source: str | None
    form: str
    verdict: str
    reasons: list[str]
    rows: int
    rejected: int
    contract: Contract
    notes: Sequence[str]
    findings: Sequence[Finding]
    profile: Profile
    references: References
    leakage: Leakage
    files: Sequence[DeliveredFile]

    @classmethod
    def of(
        cls,
        source: str | None,
        contract: Contract,
        assessment: Assessment,
        *,
        form: str,
        notes: Sequence[str],
        profile: Profile,
        references: References,
        leakage: Leakage,
        files: Sequence[DeliveredFile],
    ) -> Self:
        """Return the content of the report on a judged file."""
        verdict = Verdict.DATA_REJECTED if assessment.reasons else Verdict.ACCEPTED
        return cls(
            source=source,
            form=form,
            verdict=verdict.value,
            reasons=assessment.reasons,
            rows=len(assessment.left_out),
            rejected=assessment.rejected,
            contract=contract,
            notes=notes,
            findings=assessment.checked.findings,
            profile=profile,
            references=references,
            leakage=leakage,
            files=files,
        )


def write_headline(content: QualityContent) -> str:
    """Return the verdict as a sentence."""
    if content.reasons:
        return "The file is rejected: nothing is trained on it."
    if content.rejected:
        are = "row is" if content.rejected == 1 else "rows are"
        return f"The file is accepted; {content.rejected:,} {are} left out."
    return "The file is accepted with all its rows."


def advise(finding: Finding, contract: Contract) -> str | None:
    """Return advice on a broken rule, if its severity does not imply it."""
    rule = {rule.name: rule for rule in contract.rules}.get(finding.rule)
    needs = rule.needs if rule else set()
    if "last" in needs:
        return (
            "If the change is meant, run again with another `--reference`, or with"
            " `--reference none`."
        )
    if "champion" in needs and finding.severity == "critical":
        return "If the change is meant, run again with `--reference none`."
    if "champion" in needs:
        return (
            "If the change is meant, go on: a champion trained on this file becomes what later"
            " files are compared with."
        )
    return None


def group_examples(
    finding: Finding, files: Sequence[DeliveredFile]
) -> list[tuple[str, str | None]]:
    """Group the example rows by value, so that each value is shown once.

    Args:
        finding: a broken rule.
        files: of the delivery; if there are several, each row is named with its file.

    Returns:
        Pairs of rows and value. The value is None for long texts after the first LONG_TEXTS_MAX.
    """
    rows_of: dict[str, list[int]] = {}
    for row, value in finding.examples:
        rows_of.setdefault(value, []).append(row)
    groups: dict[str | None, list[int]] = {}
    for place, (value, rows) in enumerate(rows_of.items()):
        is_shown = place < LONG_TEXTS_MAX or len(value) <= SHORT_TEXT_CHARACTERS_MAX
        groups.setdefault(value if is_shown else None, []).extend(rows)
    return [(name_rows(rows, files), value) for value, rows in groups.items()]


def name_rows(rows: Sequence[int], files: Sequence[DeliveredFile]) -> str:
    """Name rows by their numbers; of a delivery of several files with the file of each."""
    if len(files) > 1:
        located = (locate(files, row) for row in rows)
        return ", ".join(f"row {number:,} of {show_text(name)}" for name, number in located)
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(f'{row:,}' for row in rows)}"


def sort_broken(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """Group the broken rules by severity: rules about the whole file first, then by broken rows."""
    broken = [f for f in findings if f.passed is False]
    broken.sort(key=lambda f: (f.unexpected_count is not None, -(f.unexpected_count or 0)))
    return {s: [f for f in broken if f.severity == s] for s in SEVERITIES}


def group_not_evaluated(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """Group the rules that could not be checked by their reasons."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.passed is None:
            groups.setdefault(finding.not_evaluated or "it could not be evaluated", []).append(
                finding
            )
    return groups
