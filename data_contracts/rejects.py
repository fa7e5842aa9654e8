"""Rejects: the rows that break a critical rule.

Scoring checks only the rules that a review can break by its text alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from data_contracts.contract import Contract
from data_contracts.delivery import Places
from data_contracts.findings import format_values
from data_contracts.row_checks import SINGLE, find_broken
from data_contracts.rules import Rule


def rules_of_one_row(contract: Contract, column: str) -> list[Rule]:
    """List the critical rules that a row can break by its text in this column alone.

    Rules with a tolerance are left out, because they judge the whole file.
    """
    return [
        rule
        for rule in contract.rules
        if rule.severity == "critical"
        and rule.columns == {column}
        and rule.expectation in SINGLE
        and "mostly" not in rule.arguments
    ]


def find_breaches(rules: list[Rule], reviews: pd.DataFrame) -> dict[str, Places]:
    """Find the rows that break each of the `rules_of_one_row`, but for rules that no row breaks."""
    found = {rule.name: find_broken(rule, reviews).places for rule in rules}
    return {name: places for name, places in found.items() if len(places)}


def collect_rejects(
    contract: Contract,
    breaches: Mapping[str, Places],
    take: Callable[[Places, Sequence[str]], pd.DataFrame],
    rows_max: int | None = None,
) -> pd.DataFrame:
    """List the rows that break critical rules, once for each rule that a row breaks.

    Args:
        contract: the rules.
        breaches: by rule, which rows break it.
        take: returns some rows, with `row_number` and some columns.
        rows_max: how many rows to list for each rule, the first ones; None lists all.

    Returns:
        A frame with `row_number` (int64), `column`, `rule` and `value` (strings).
    """
    dtypes = {"row_number": "int64", "column": "str", "rule": "str", "value": "str"}
    parts = [pd.DataFrame(columns=list(dtypes))]
    for rule in contract.rules:
        if rule.name in breaches:
            rows = take(breaches[rule.name][:rows_max], sorted(rule.used_columns))
            listed = rows[["row_number"]].assign(column=rule.column, rule=rule.name)
            parts.append(listed.assign(value=format_values(rule, rows)))
    rejects = pd.concat(parts).astype(dtypes)
    return rejects.sort_values(["row_number", "rule"], kind="stable", ignore_index=True)
