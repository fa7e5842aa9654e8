"""Judges a delivery by its findings: which rows are rejected, and whether the whole file is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data_contracts.checks import ABSENT, Checked, check_reviews
from data_contracts.contract import Contract
from data_contracts.delivery import Delivery
from data_contracts.findings import Finding
from data_contracts.matching import Matching
from data_contracts.profile import References
from data_contracts.rejects import collect_rejects
from data_contracts.rules import Rule
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
    left_out: NDArray[np.bool_]
    rejects: pd.DataFrame
    reasons: list[str]

    @property
    def rejected(self) -> int:
        """Number of rows that break a critical rule."""
        return int(self.left_out.sum())


def assess(
    contract: Contract,
    matching: Matching,
    delivery: Delivery,
    references: References,
    absent: Mapping[str, str] = ABSENT,
) -> Assessment:
    """Check a delivery and judge it.

    Args:
        contract: the rules, and the tolerated share of rejected rows.
        matching: the file's columns.
        delivery: the rows.
        references: what the delivery is compared with.
        absent: by `last` and `champion`, why there is no such reference.

    Raises:
        RuntimeError: a rule could not be checked.
    """
    checked = check_reviews(contract, matching.names, delivery, references, absent)
    left_out = np.zeros(delivery.rows, np.bool_)
    for places in checked.breaches.values():
        left_out[places] = True
    columns = _explain_columns(contract, matching)
    if not columns and all(f.passed is None for f in checked.findings if f.rule != RULE.name):
        raise RuntimeError("no rule of the contract can be checked, so no file can be accepted")
    rejected = int(left_out.sum())
    reasons = judge(contract, checked.findings, delivery.rows, rejected, references, columns)
    listed_max = REJECTS_LISTED_MAX if reasons else None
    rejects = collect_rejects(contract, checked.breaches, delivery.take, listed_max)
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
    columns: Sequence[str] = (),
) -> list[str]:
    """List the reasons to reject the file, in sentences; an empty list accepts it.

    The most basic cause stands first: rows that cannot be read, columns, other rules about rows,
    rules about the whole file, and the champion's error on it.

    Args:
        contract: the rules, and the tolerated share of rejected rows.
        findings: the result of each rule.
        rows: number of rows of the file.
        rejected: number of rows that break a critical rule.
        references: what the delivery was compared with.
        columns: the reasons to reject the file for its columns.
    """
    critical = [f for f in findings if f.severity == "critical" and f.passed is False]
    about_rows = [f for f in critical if f.unexpected_count]
    reasons = [*columns]
    if not tolerates(contract, rejected, rows):
        unreadable = any(f.rule == RULE.name for f in about_rows)
        sentence = _explain_rows(contract, about_rows, rows, rejected)
        reasons.insert(0 if unreadable else len(reasons), sentence)
        if any(f.rule == RULE.name and f.unexpected_count == rows for f in about_rows):
            return reasons  # what else is broken follows from it
    rules = {rule.name: rule for rule in contract.rules}
    about_file = [(f, rules.get(f.rule)) for f in critical if f.unexpected_count is None]
    about_file.sort(key=lambda pair: _is_about_error(pair[1]))
    return reasons + [_explain_finding(f, rule, references or {}) for f, rule in about_file]


def _explain_rows(contract: Contract, broken: list[Finding], rows: int, rejected: int) -> str:
    """Explain that too many rows break rules: unreadable ones first, then by their number."""
    broken = sorted(broken, key=lambda f: (f.rule != RULE.name, -(f.unexpected_count or 0), f.rule))
    sentence = (
        f"{rejected:,} of {rows:,} rows break {', '.join(f.rule for f in broken)}; the contract"
        f" tolerates {contract.rejected_fraction_max:.1%}."
    )
    if broken[0].rule == RULE.name and broken[0].examples:
        row, why = broken[0].examples[0]
        sentence += f" Row {row:,}: {why}."
    return sentence


def _explain_finding(finding: Finding, rule: Rule | None, references: References) -> str:
    """Explain a broken rule about the whole file, with the files that it was compared with."""
    needs = rule.needs if rule else set()
    against = [known for name, known in references.items() if name in needs]
    compared = "" if _is_about_error(rule) else " and ".join(known.name for known in against)
    return " ".join(
        [
            f"Found: {finding.observed}{', compared with ' if compared else ''}{compared}; this"
            f" breaks the rule {finding.rule}: {finding.meaning.rstrip('.')}.",
            *(known.advice for known in against if known.advice),
        ]
    )


def _is_about_error(rule: Rule | None) -> bool:
    """Return whether a rule is about the champion's error, and not about its training data."""
    return rule is not None and "$champion.error" in rule.values
