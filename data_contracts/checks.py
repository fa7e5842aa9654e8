"""Checks a delivery by the contract's rules, with Great Expectations.

Great Expectations silently drops an unknown expectation from a suite, and counts a failed warning
as a failure. So each rule is checked by itself; `judgement.py` decides by severity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from great_expectations.core import ExpectationSuite

from data_contracts.contract import Contract
from data_contracts.delivery import Delivery, Places
from data_contracts.evaluation import (
    VALUES_MAX,
    FileMetrics,
    evaluate_file,
    evaluate_rows,
)
from data_contracts.findings import Finding, read_result
from data_contracts.measures import Rows
from data_contracts.profile import References
from data_contracts.row_checks import Broken, is_about_rows, key_of
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
    breaches: dict[str, Places]


def check_reviews(
    contract: Contract,
    columns: Sequence[str],
    delivery: Delivery,
    references: References,
    absent: Mapping[str, str] = ABSENT,
) -> Checked:
    """Check a delivery by every rule of the contract.

    Args:
        contract: the rules.
        columns: the file's columns in order, under the contract's names where they match.
        delivery: the rows.
        references: what the delivery is compared with.
        absent: by `last` and `champion`, why there is no such reference.

    Raises:
        RuntimeError: a rule could not be checked.
        great_expectations.exceptions.ExpectationNotFoundError: there is no such expectation.
    """
    reasons = {name: why for name, why in absent.items() if name not in references}
    unchecked = _unchecked(contract, columns, references, reasons)
    rules = [rule for rule in contract.rules if rule.name not in unchecked]
    expectations_by_rule = make_expectations(rules, contract, references)
    check = _Check(contract, columns, delivery)
    findings, results, breaches = dict(unchecked), list[Any](), dict[str, Places]()
    for rule in rules:
        finding, result, places = check.check(rule, expectations_by_rule[rule.name])
        findings[rule.name] = finding
        results.append(result)
        if places is not None and rule.severity == "critical" and not finding.passed:
            breaches[rule.name] = places
    suite = ExpectationSuite(name=contract.name, expectations=[*expectations_by_rule.values()])
    return Checked([findings[rule.name] for rule in contract.rules], suite, results, breaches)


class _Check:
    """The check of a delivery, rule by rule."""

    def __init__(self, contract: Contract, columns: Sequence[str], delivery: Delivery) -> None:
        names = tuple(name for name in contract.schema.names if name in delivery.columns)
        self._delivery = delivery
        self._metrics = FileMetrics(columns, Rows(delivery.counts, names))
        self._broken: dict[str, Broken] = {}

    def check(self, rule: Rule, expectation: Any) -> tuple[Finding, Any, Places | None]:
        """Check one rule.

        Returns:
            The finding, Great Expectations' result, and of a rule about rows which rows break it.

        Raises:
            RuntimeError: the rule could not be checked.
        """
        rows = self._delivery.rows if rule == RULE else self._delivery.readable
        try:
            if not is_about_rows(rule):
                result = evaluate_file(rule, expectation, self._metrics)
                return read_result(rule, result, rows), result, None
            broken = self._find_broken(rule)
            used = sorted(rule.used_columns)
            shown = self._delivery.take(broken.places[:VALUES_MAX], used)
            result = evaluate_rows(rule, expectation, broken, shown)
            return read_result(rule, result, rows, shown), result, broken.places
        except Exception as error:
            raise RuntimeError(f"the rule {rule.name} could not be checked: {error}") from error

    def _find_broken(self, rule: Rule) -> Broken:
        """Find the rows that break a rule, once for all rules that tolerate more or fewer."""
        key = key_of(rule)
        if key not in self._broken:
            self._broken[key] = self._delivery.find_broken(rule)
        return self._broken[key]


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
