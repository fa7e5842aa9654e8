"""Rows that break a critical rule: how they are listed, and which they are where no file is judged.

Great Expectations counts for the verdict on a file; where rows come by themselves, as for scoring,
there is none, and pandas finds the same rows.
"""

from __future__ import annotations

import pandas as pd

from data_contracts.breaches import AMONG_ROWS, OF_A_COLUMN, breaching_rows
from data_contracts.contract import Contract
from data_contracts.findings import write_values
from data_contracts.rules import Rule


def rules_of_one_row(contract: Contract, column: str) -> list[Rule]:
    """List the critical rules that a row breaks by what alone stands in this column of it.

    A rule with a tolerance is about the file: the rows that it lets pass are no worse for that.
    """
    return [
        rule
        for rule in contract.rules
        if rule.severity == "critical"
        and rule.columns == {column}
        and rule.expectation in OF_A_COLUMN.keys() - AMONG_ROWS
        and "mostly" not in rule.arguments
    ]


def mark_breaches(rules: list[Rule], reviews: pd.DataFrame) -> dict[str, pd.Series]:
    """Mark the rows that break rules about rows, by the rules that any row breaks."""
    marked = {
        rule.name: breaching_rows(rule.expectation, rule.arguments, reviews) for rule in rules
    }
    return {name: rows for name, rows in marked.items() if rows is not None and rows.any()}


def collect_rejects(
    contract: Contract,
    breaches: dict[str, pd.Series],
    reviews: pd.DataFrame,
    rows_max: int | None = None,
) -> pd.DataFrame:
    """List each row that breaks a critical rule, once per rule.

    Args:
        contract: the rules.
        breaches: by rule, which rows break it.
        reviews: the rows.
        rows_max: rows listed of each rule, the first ones; none: all.

    Returns:
        A frame with `row_number` (int64), `column`, `rule` and `value` (strings).
    """
    names = ["row_number", "column", "rule", "value"]
    parts = [pd.DataFrame({n: pd.Series(dtype="str") for n in names}).astype({names[0]: "int64"})]
    for rule in contract.rules:
        if rule.name in breaches:
            rows = reviews[breaches[rule.name]][:rows_max]
            listed = rows[["row_number"]].assign(column=rule.column, rule=rule.name)
            parts.append(
                listed.assign(value=pd.Series(write_values(rule, rows), rows.index, "str"))
            )
    rejects = pd.concat(parts[1:] or parts, ignore_index=True)
    return rejects.sort_values(["row_number", "rule"], kind="stable", ignore_index=True)
