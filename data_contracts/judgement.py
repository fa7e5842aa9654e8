"""Judges a delivery by its findings: which rows are rejected, and whether the whole file is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from data_contracts.checks import ABSENT, Checked, check_reviews
from data_contracts.contract import Contract
from data_contracts.counted_rows import CountedRows
from data_contracts.findings import Finding
from data_contracts.matching import Matching
from data_contracts.profile import Known, References
from data_contracts.rejects import collect_rejects
from data_contracts.unreadable import RULE

REJECTS_LISTED_MAX = 5_000
"""Rows listed for each rule when the whole file is rejected. If every row breaks many rules, a full
list would be several times as long as the file."""


class Assessment(NamedTuple):
    """The judgement of a delivery.

    Attributes:
        checked: the findings, and the results that Data Docs show.
        left_out: for each row, whether it breaks a critical rule.
        rejects: the rows that do, with rules and values; see `collect_rejects`.
        reasons: why the file is rejected, in sentences; empty if it is accepted.
    """

    checked: Checked
    left_out: pd.Series
    rejects: pd.DataFrame
    reasons: list[str]

    @property
    def rejected(self) -> int:
        """Number of rows that break a critical rule."""
        return int(self.left_out.sum())


def assess(
    contract: Contract,
    matching: Matching,
    reviews: pa.Table,
    references: References,
    absent: Mapping[str, str] = ABSENT,
    counts: CountedRows | None = None,
) -> Assessment:
    """Check a delivery and judge it.

    Args:
        contract: the rules, and the tolerated share of rejected rows.
        matching: the file's columns.
        reviews: `row_number`, the contract's columns, the columns `as_written`, and `UNREADABLE`.
        references: what the delivery is compared with.
        absent: by `last` and `champion`, why there is no such reference.
        counts: of the rows that could be read, if they are counted elsewhere.

    Raises:
        RuntimeError: a rule could not be checked.
    """
    frame = reviews.to_pandas()
    checked = check_reviews(contract, matching.names, frame, references, absent, counts)
    left_out = pd.Series(False, index=frame.index)
    for marked in checked.breaches.values():
        left_out |= marked
    reasons = _explain_columns(contract, matching)
    if not reasons and all(f.passed is None for f in checked.findings if f.rule != RULE.name):
        raise RuntimeError("no rule of the contract can be checked, so no file can be accepted")
    rejected = int(left_out.sum())
    reasons += judge(contract, checked.findings, len(frame), rejected, references)
    listed_max = REJECTS_LISTED_MAX if reasons else None
    rejects = collect_rejects(contract, checked.breaches, frame, listed_max)
    return Assessment(checked, left_out, rejects, reasons)


def _explain_columns(contract: Contract, matching: Matching) -> list[str]:
    """List the reasons to reject the file for its columns, in sentences."""
    dataset = contract.dataset
    roles = {dataset.text: "the text", dataset.target.name: "the target"}
    missing = [name for name in contract.schema.names if name in contract.needed]
    missing = [name for name in missing if name not in matching.places]
    reasons = [
        f"The file has no column {name}"
        + (f", {roles[name]}" if name in roles else "")
        + f"; its columns are {matching.listed}."
        for name in missing
    ]
    return [*matching.clashes, *reasons]


def tolerates(contract: Contract, rejected: int, rows: int) -> bool:
    """Return whether a contract tolerates this number of rejected rows."""
    return rejected <= contract.rejected_fraction_max * rows


def judge(
    contract: Contract,
    findings: list[Finding],
    rows: int,
    rejected: int,
    references: References | None = None,
) -> list[str]:
    """List the reasons to reject the file, in sentences; an empty list accepts it."""
    critical = [f for f in findings if f.severity == "critical" and f.passed is False]
    needs = {rule.name: rule.needs for rule in contract.rules}
    reasons = []
    for finding in critical:
        if finding.unexpected_count is None:
            needed = needs.get(finding.rule, ())
            against = [known for name, known in (references or {}).items() if name in needed]
            reasons.append(_explain_finding(finding, against))
    if not tolerates(contract, rejected, rows):
        rules = ", ".join(sorted(f.rule for f in critical if f.unexpected_count))
        reasons.append(
            f"{rejected:,} of {rows:,} rows break {rules}; the contract tolerates"
            f" {contract.rejected_fraction_max:.1%}."
        )
    return reasons


def _explain_finding(finding: Finding, against: list[Known]) -> str:
    """Explain a broken rule about the whole file, with the files that it was compared with."""
    compared = f", compared with {' and '.join(known.name for known in against)}" if against else ""
    found = f"{finding.meaning.rstrip('.')}; found: {finding.observed}{compared}."
    return " ".join([found, *(known.advice for known in against if known.advice)])
