"""Rejects: the rows that break a critical rule.

Great Expectations finds those of a delivery. Scoring checks only the rules that a review can break
by its text; pandas does it, because importing Great Expectations takes seconds.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import pandas as pd

from data_contracts.contract import Contract
from data_contracts.findings import format_values
from data_contracts.rules import Rule


def _length_outside(texts: pd.Series, bounds: dict[str, Any]) -> pd.Series:
    shortest, longest = bounds.get("min_value"), bounds.get("max_value")
    low = 0 if shortest is None else shortest + bounds.get("strict_min", False)
    high = math.inf if longest is None else longest - bounds.get("strict_max", False)
    return texts.notna() & ~texts.str.len().between(low, high)


TEXT_CHECKS: dict[str, Callable[[pd.Series, dict[str, Any]], pd.Series]] = {
    "expect_column_values_to_be_null": lambda texts, _: texts.notna(),
    "expect_column_values_to_not_be_null": lambda texts, _: texts.isna(),
    "expect_column_value_lengths_to_be_between": _length_outside,
    "expect_column_values_to_match_regex": lambda texts, arguments: (
        texts.notna() & ~texts.str.contains(arguments["regex"])
    ),
    "expect_column_values_to_not_match_regex": lambda texts, arguments: texts.str.contains(
        arguments["regex"], na=False
    ),
    "expect_column_values_to_not_be_in_set": lambda texts, arguments: texts.isin(
        arguments["value_set"]
    ),
}
"""For each expectation about single texts, a function that marks the texts that break it."""


COMPARE: dict[str, Callable[[pd.Series, str], pd.Series]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _meets(condition: dict[str, Any], texts: pd.Series) -> pd.Series:
    """Mark the texts that meet a row condition about their own column."""
    if condition["type"] == "and":
        parts = [_meets(part, texts) for part in condition["conditions"]]
        return functools.reduce(operator.and_, parts)
    if condition["type"] == "nullity":
        return texts.isna() if condition["is_null"] else texts.notna()
    return texts.notna() & COMPARE[condition["operator"]](texts, condition["parameter"])


def rules_of_one_row(contract: Contract, column: str) -> list[Rule]:
    """List the critical rules that a row can break by its text in this column alone.

    Rules with a tolerance are left out, because they judge the whole file.
    """
    return [
        rule
        for rule in contract.rules
        if rule.severity == "critical"
        and rule.columns == {column}
        and rule.expectation in TEXT_CHECKS
        and "mostly" not in rule.arguments
    ]


def mark_breaches(rules: list[Rule], reviews: pd.DataFrame) -> dict[str, pd.Series]:
    """Mark the rows that break each of the `rules_of_one_row`, except rules that no row breaks."""
    marked = {rule.name: _breaks(rule, reviews[rule.arguments["column"]]) for rule in rules}
    return {name: rows for name, rows in marked.items() if rows.any()}


def _breaks(rule: Rule, texts: pd.Series) -> pd.Series:
    broken = TEXT_CHECKS[rule.expectation](texts, rule.arguments)
    condition = rule.arguments.get("row_condition")
    return broken & _meets(condition, texts) if condition else broken


def collect_rejects(
    contract: Contract,
    breaches: dict[str, pd.Series],
    reviews: pd.DataFrame,
    rows_max: int | None = None,
) -> pd.DataFrame:
    """List the rows that break critical rules, once for each rule that a row breaks.

    Args:
        contract: the rules.
        breaches: by rule, which rows break it.
        reviews: all rows.
        rows_max: how many rows to list for each rule, the first ones; None lists all.

    Returns:
        A frame with `row_number` (int64), `column`, `rule` and `value` (strings).
    """
    dtypes = {"row_number": "int64", "column": "str", "rule": "str", "value": "str"}
    parts = [pd.DataFrame(columns=list(dtypes))]
    for rule in contract.rules:
        if rule.name in breaches:
            rows = reviews[breaches[rule.name]][:rows_max]
            listed = rows[["row_number"]].assign(column=rule.column, rule=rule.name)
            parts.append(listed.assign(value=format_values(rule, rows)))
    rejects = pd.concat(parts).astype(dtypes)
    return rejects.sort_values(["row_number", "rule"], kind="stable", ignore_index=True)
