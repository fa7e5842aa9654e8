"""Runs the contract's rules over a delivery, with Great Expectations.

Great Expectations judges and counts; which rows break a rule is found beside it with pandas, whose
count must agree. (Asking Great Expectations for the row indices costs several times the check.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

import great_expectations as gx
from great_expectations.core import ExpectationSuite
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from data_contracts.contract import Rule, Severity

EXAMPLES_MAX = 5


class Finding(NamedTuple):
    """What one rule said of a delivery.

    Attributes:
        rule: the rule's name.
        column: its column, None for the whole table.
        severity: the rule's severity.
        meaning: the rule in a sentence.
        passed: whether the delivery keeps it; None when it could not be asked, its column missing.
        unexpected_count: rows that break it, None for a rule about the whole table.
        unexpected_fraction: the same as a share of all rows.
        observed: what was found instead, for a rule about the whole table.
        examples: rows that break it, `(row_number, value)`, at most five.
    """

    rule: str
    column: str | None
    severity: Severity
    meaning: str
    passed: bool | None
    unexpected_count: int | None = None
    unexpected_fraction: float | None = None
    observed: str | None = None
    examples: tuple[tuple[int, str], ...] = ()


def _outside(values: pd.Series, bounds: dict[str, Any]) -> pd.Series:
    low, high = bounds.get("min_value"), bounds.get("max_value")
    breaches = pd.Series(False, index=values.index)
    if low is not None:
        breaches |= values <= low if bounds.get("strict_min") else values < low
    if high is not None:
        breaches |= values >= high if bounds.get("strict_max") else values > high
    return breaches & values.notna()


BREACHES: dict[str, Callable[[pd.Series, dict[str, Any]], pd.Series]] = {
    "expect_column_values_to_not_be_null": lambda values, _: values.isna(),
    "expect_column_values_to_be_null": lambda values, _: values.notna(),
    "expect_column_values_to_be_unique": lambda values, _: (
        values.duplicated(keep=False) & values.notna()
    ),
    "expect_column_values_to_be_between": _outside,
    "expect_column_value_lengths_to_be_between": lambda values, bounds: _outside(
        values.str.len(), bounds
    ),
    "expect_column_values_to_match_regex": lambda values, arguments: (
        values.notna() & ~values.str.contains(arguments["regex"], regex=True).fillna(True)
    ),
}
"""By expectation about single rows: which rows of a column break it."""


def breaching_rows(rule: Rule, reviews: pd.DataFrame) -> pd.Series | None:
    """Mark the rows that break a rule.

    Returns:
        A boolean series as long as `reviews`; None for a rule about the whole table.
    """
    breaches = BREACHES.get(rule.expectation)
    if breaches is None or rule.column is None:
        return None
    return breaches(reviews[rule.column], rule.arguments).astype(bool)


def check_reviews(
    rules: Sequence[Rule], columns: Sequence[str], reviews: pd.DataFrame
) -> list[Finding]:
    """Ask every rule about a delivery.

    Args:
        rules: the contract's rules.
        columns: the file's columns in order, by the contract's names where it knows them.
        reviews: the rows with the contract's columns, `row_number` and `unreadable`.

    Returns:
        One finding per rule, in the rules' order.

    Raises:
        RuntimeError: an expectation is unknown, did not run, or counts otherwise than pandas.
    """
    about_columns = [r for r in rules if r.expectation.startswith("expect_table_columns")]
    about_rows = [
        r
        for r in rules
        if r not in about_columns and (r.column in (None, "unreadable") or r.column in columns)
    ]
    empty = pd.DataFrame([[None] * len(columns)], columns=list(columns)).head(0)
    findings = {
        **_validate(about_columns, empty),
        **_validate(about_rows, reviews),
    }
    return [
        findings.get(r.name, Finding(r.name, r.column, r.severity, r.meaning, passed=None))
        for r in rules
    ]


def _validate(rules: Sequence[Rule], frame: pd.DataFrame) -> dict[str, Finding]:
    configuration = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = gx.get_context(project_config=configuration, mode="ephemeral")
    asset = context.data_sources.add_pandas("wine_reviews").add_dataframe_asset("delivery")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = ExpectationSuite(name="wine_reviews")
    for rule in rules:
        arguments = rule.arguments | ({"column": rule.column} if rule.column else {})
        configuration = ExpectationConfiguration(
            type=rule.expectation,
            kwargs=arguments,
            severity=rule.severity,
            meta={"rule": rule.name},
        )
        suite.add_expectation(configuration.to_domain_obj())
    results = batch.validate(suite, result_format="BASIC").results
    by_name = {result.expectation_config.meta["rule"]: result for result in results}
    if sorted(by_name) != sorted(rule.name for rule in rules):
        raise RuntimeError("Great Expectations did not run just the rules of the contract")
    return {rule.name: _finding(rule, by_name[rule.name], frame) for rule in rules}


def _finding(rule: Rule, result: Any, frame: pd.DataFrame) -> Finding:
    if any(info.get("raised_exception") for info in _exceptions(result)):
        raise RuntimeError(f"the rule {rule.name} could not be checked: {result.exception_info}")
    passed = bool(result.success)
    breaches = breaching_rows(rule, frame)
    if breaches is None:
        observed = str(result.result.get("observed_value"))[:500]
        return Finding(
            rule.name, rule.column, rule.severity, rule.meaning, passed, observed=observed
        )
    count = int(breaches.sum())
    if count != result.result["unexpected_count"]:
        raise RuntimeError(
            f"the rule {rule.name}: {result.result['unexpected_count']} rows by Great Expectations,"
            f" {count} by pandas"
        )
    worst = frame.loc[breaches, ["row_number", rule.column]].head(EXAMPLES_MAX)
    examples = tuple(
        (int(row), "" if pd.isna(value) else str(value)[:200])
        for row, value in worst.itertuples(index=False)
    )
    fraction = count / max(len(frame), 1)
    return Finding(
        rule.name, rule.column, rule.severity, rule.meaning, passed, count, fraction, None, examples
    )


def _exceptions(result: Any) -> list[dict[str, Any]]:
    info = result.exception_info or {}
    return [info] if "raised_exception" in info else list(info.values())
