"""Checks a delivery by the contract's rules, with Great Expectations.

Great Expectations silently drops an unknown expectation from a suite, and counts a failed warning
as a failure. So each rule is checked by itself; `judgement.py` decides by severity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from great_expectations.core import ExpectationSuite

from data_contracts.contract import Contract
from data_contracts.counted_rows import CountedRows, FrameCounts
from data_contracts.evaluation import (
    VALUES_MAX,
    FileMetrics,
    evaluate_file,
    evaluate_rows,
)
from data_contracts.findings import Finding, read_result
from data_contracts.measures import Rows
from data_contracts.profile import References
from data_contracts.row_checks import Broken, find_broken, is_about_rows
from data_contracts.rules import Rule
from data_contracts.suites import make_expectations
from data_contracts.unreadable import RULE, UNREADABLE

NO_COLUMN = "the file has no column "
NO_ERROR = "fewer than 50 reviews are new to the champion, or its model cannot be loaded"
ABSENT = {"last": "there is no earlier file to compare with", "champion": "there is no champion"}


class Checked(NamedTuple):
    """The results of a check.

    Attributes:
        findings: one for each rule, in the contract's order.
        suite: the expectations that were checked.
        results: Great Expectations' results, one for each rule that was checked.
        breaches: by failed critical rule about rows, which rows break it.
    """

    findings: list[Finding]
    suite: ExpectationSuite
    results: list[Any]
    breaches: dict[str, pd.Series]


def check_reviews(
    contract: Contract,
    columns: Sequence[str],
    reviews: pd.DataFrame,
    references: References,
    absent: Mapping[str, str] = ABSENT,
    counts: CountedRows | None = None,
) -> Checked:
    """Check a delivery by every rule of the contract.

    Args:
        contract: the rules.
        columns: the file's columns in order, under the contract's names where they match.
        reviews: `row_number`, the contract's columns, the columns `as_written`, and `UNREADABLE`.
        references: what the delivery is compared with.
        absent: by `last` and `champion`, why there is no such reference.
        counts: of the rows that could be read, if they are counted elsewhere.

    Raises:
        RuntimeError: a rule could not be checked.
        great_expectations.exceptions.ExpectationNotFoundError: there is no such expectation.
    """
    reasons = {name: why for name, why in absent.items() if name not in references}
    unchecked = _unchecked(contract, columns, references, reasons)
    rules = [rule for rule in contract.rules if rule.name not in unchecked]
    expectations_by_rule = make_expectations(rules, contract, references)
    delivery = _Delivery(contract, columns, reviews, counts)
    findings, results, breaches = dict(unchecked), list[Any](), dict[str, pd.Series]()
    for rule in rules:
        finding, result, marks = delivery.check(rule, expectations_by_rule[rule.name])
        findings[rule.name] = finding
        results.append(result)
        if marks is not None and rule.severity == "critical" and not finding.passed:
            # Some rules do not see the rows that could not be read.
            breaches[rule.name] = marks.reindex(reviews.index, fill_value=False)
    suite = ExpectationSuite(name=contract.name, expectations=[*expectations_by_rule.values()])
    return Checked([findings[rule.name] for rule in contract.rules], suite, results, breaches)


class _Delivery:
    """A delivery that is being checked."""

    def __init__(
        self,
        contract: Contract,
        columns: Sequence[str],
        reviews: pd.DataFrame,
        counts: CountedRows | None,
    ) -> None:
        self._all = self._readable = reviews
        if UNREADABLE in reviews and reviews[UNREADABLE].notna().any():
            self._readable = reviews[reviews[UNREADABLE].isna()]
        names = tuple(name for name in contract.schema.names if name in reviews)
        rows = Rows(counts or FrameCounts(self._readable), names)
        self._metrics = FileMetrics(columns, rows)
        self._broken: dict[str, Broken] = {}

    def check(self, rule: Rule, expectation: Any) -> tuple[Finding, Any, pd.Series | None]:
        """Check one rule.

        Returns:
            The finding, Great Expectations' result, and of a rule about rows which rows break it.

        Raises:
            RuntimeError: the rule could not be checked.
        """
        # Only one rule sees the rows that could not be read.
        rows = self._all if rule == RULE else self._readable
        try:
            if not is_about_rows(rule):
                result = evaluate_file(rule, expectation, self._metrics)
                return read_result(rule, result, len(rows)), result, None
            broken = self._find_broken(rule, rows)
            shown = _select(rows, broken.marks, rule)
            result = evaluate_rows(rule, expectation, broken, shown)
            return read_result(rule, result, len(rows), shown), result, broken.marks
        except Exception as error:
            raise RuntimeError(f"the rule {rule.name} could not be checked: {error}") from error

    def _find_broken(self, rule: Rule, rows: pd.DataFrame) -> Broken:
        """Find the rows that break a rule, once for all rules that tolerate more or fewer."""
        tolerant = {key: value for key, value in rule.arguments.items() if key != "mostly"}
        key = repr((rule.expectation, sorted(tolerant.items())))
        if key not in self._broken:
            self._broken[key] = find_broken(rule, rows)
        return self._broken[key]


def _select(rows: pd.DataFrame, marks: pd.Series, rule: Rule) -> pd.DataFrame:
    """Select the first rows that break a rule, with the columns that it uses."""
    places = np.flatnonzero(marks)[:VALUES_MAX]
    used = rows[["row_number", *sorted(rule.used_columns)]]
    # Of a large frame, pandas takes as long to select no rows as to select many.
    return used.iloc[places] if len(places) else used.head(0)


def _unchecked(
    contract: Contract,
    columns: Sequence[str],
    references: References,
    absent: Mapping[str, str],
) -> dict[str, Finding]:
    """List the rules that cannot be checked, with the reason."""
    findings = {}
    champion = references.get("champion")
    bins = {
        c.name: len(c.histogram_edges) + 1 for c in contract.dataset.slices if c.histogram_edges
    }
    for rule in contract.rules:
        missing = sorted(rule.columns - {*columns, UNREADABLE})
        reasons = [f"{NO_COLUMN}{', '.join(missing)}"] if missing else []
        reasons += [why for name, why in absent.items() if name in rule.needs]
        if champion and champion.error is None and "$champion.error" in rule.values:
            reasons.append(NO_ERROR)
        reasons += [
            f"{known.name} was counted in other bins of {rule.column}"
            for name, known in references.items()
            if f"${name}.histogram" in rule.values
            and len(known.profile.histograms.get(str(rule.column), ())) != bins[str(rule.column)]
        ]
        if reasons:
            findings[rule.name] = Finding(
                rule.name, rule.column, rule.severity, rule.meaning, None, reasons[0]
            )
    return findings
