"""From findings to a verdict: which rows are left out, and whether the file is taken."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from data_contracts.breaches import breaching_rows
from data_contracts.checks import Checked, check_reviews
from data_contracts.contract import Contract
from data_contracts.findings import Finding
from data_contracts.profile import References


class Assessment(NamedTuple):
    """What became of a delivery.

    Attributes:
        checked: the findings, and what Great Expectations needs to show them.
        rejects: the rows that are left out, see `collect_rejects`.
        rejected: how many they are.
        reasons: why the file is rejected, in sentences; none: it is accepted.
    """

    checked: Checked
    rejects: pd.DataFrame
    rejected: int
    reasons: list[str]


def assess(
    contract: Contract, header: list[str], reviews: pa.Table, references: References
) -> Assessment:
    """Check a delivery and judge it.

    Args:
        contract: its rules and tolerance.
        header: the file's own column names.
        reviews: `row_number`, the contract's columns, and the columns `as_written`.
        references: what it is compared with.

    Raises:
        RuntimeError: a rule could not be checked as the contract says.
    """
    frame = reviews.to_pandas()
    checked = check_reviews(contract, contract.name_columns(header), frame, references)
    rejects = collect_rejects(contract, checked.findings, frame)
    rejected = int(rejects["row_number"].nunique())
    reasons = judge(contract, checked.findings, len(frame), rejected)
    return Assessment(checked, rejects, rejected, reasons)


def collect_rejects(
    contract: Contract, findings: list[Finding], reviews: pd.DataFrame
) -> pd.DataFrame:
    """List each row that breaks a critical rule about rows, once per rule.

    Returns:
        A frame with `row_number` (int64), `column`, `rule` and `value` (strings).
    """
    failed = {f.rule for f in findings if f.passed is False and f.severity == "critical"}
    nothing = pd.DataFrame(
        {"row_number": pd.Series(dtype="int64"), "column": [], "rule": [], "value": []}
    )
    parts = []
    for rule in contract.rules:
        if rule.name not in failed:
            continue
        breaches = breaching_rows(rule.expectation, rule.arguments, reviews)
        if breaches is not None:
            shown = str(rule.arguments.get("column") or rule.column)
            rows = reviews.loc[breaches, ["row_number", shown]]
            values = rows[shown].astype("str").where(rows[shown].notna(), "")
            parts.append(
                rows[["row_number"]].assign(column=rule.column, rule=rule.name, value=values)
            )
    rejects = pd.concat(parts, ignore_index=True) if parts else nothing
    return rejects.sort_values(["row_number", "rule"], kind="stable", ignore_index=True)


def judge(contract: Contract, findings: list[Finding], rows: int, rejected: int) -> list[str]:
    """List the reasons to reject the file, in sentences; none: it is accepted."""
    critical = [f for f in findings if f.severity == "critical" and f.passed is False]
    reasons = [
        f"{f.meaning.rstrip('.')}; found: {f.observed}."
        for f in critical
        if f.unexpected_count is None
    ]
    if rejected > contract.rejected_fraction_max * rows:
        rules = ", ".join(sorted(f.rule for f in critical if f.unexpected_count))
        reasons.append(
            f"{rejected:,} of {rows:,} rows break {rules}; the contract tolerates"
            f" {contract.rejected_fraction_max:.1%}."
        )
    return reasons
