"""From findings to a verdict: which rows are left out, and whether the file is taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from data_contracts.checks import ABSENT, Checked, check_reviews, is_missing
from data_contracts.contract import Contract
from data_contracts.findings import Finding
from data_contracts.profile import References
from data_contracts.rejects import collect_rejects

REJECTS_LISTED_MAX = 5_000
"""Rows listed of each rule where the whole file is rejected: they show what is wrong, and a file
that is wrong everywhere would be listed many times over."""


class Assessment(NamedTuple):
    """What became of a delivery.

    Attributes:
        checked: the findings, and what Great Expectations needs to show them.
        left_out: whether each row breaks a critical rule, in the order of the rows.
        rejects: these rows, see `data_contracts.rejects`.
        reasons: why the file is rejected, in sentences; none: it is accepted.
    """

    checked: Checked
    left_out: pd.Series
    rejects: pd.DataFrame
    reasons: list[str]

    @property
    def rejected(self) -> int:
        """How many rows break a critical rule."""
        return int(self.left_out.sum())


def assess(
    contract: Contract,
    header: list[str],
    reviews: pa.Table,
    references: References,
    absent: Mapping[str, str] = ABSENT,
) -> Assessment:
    """Check a delivery and judge it.

    Args:
        contract: its rules and tolerance.
        header: the file's own column names.
        reviews: `row_number`, the contract's columns, and the columns `as_written`.
        references: what it is compared with.
        absent: by `last` and `champion`, why there is nothing to compare with.

    Raises:
        RuntimeError: a rule could not be checked as the contract says.
    """
    frame = reviews.to_pandas()
    checked = check_reviews(contract, contract.name_columns(header), frame, references, absent)
    left_out = pd.Series(False, index=frame.index)
    for marked in checked.breaches.values():
        left_out |= marked
    reasons = judge(contract, checked.findings, len(frame), int(left_out.sum()))
    listed_max = REJECTS_LISTED_MAX if reasons else None
    rejects = collect_rejects(contract, checked.breaches, frame, listed_max)
    return Assessment(checked, left_out, rejects, reasons)


def judge(contract: Contract, findings: list[Finding], rows: int, rejected: int) -> list[str]:
    """List the reasons to reject the file, in sentences; none: it is accepted."""
    critical = [f for f in findings if f.severity == "critical" and f.passed is False]
    reasons = [
        f"{f.meaning.rstrip('.')}; found: {f.observed}."
        for f in critical
        if f.unexpected_count is None
    ]
    missing = {str(f.not_asked) for f in findings if f.severity == "critical" and is_missing(f)}
    reasons += [f"Critical rules could not be asked: {what}." for what in sorted(missing)]
    if rejected > contract.rejected_fraction_max * rows:
        rules = ", ".join(sorted(f.rule for f in critical if f.unexpected_count))
        reasons.append(
            f"{rejected:,} of {rows:,} rows break {rules}; the contract tolerates"
            f" {contract.rejected_fraction_max:.1%}."
        )
    return reasons
