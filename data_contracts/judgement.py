"""From findings to a verdict: which rows are left out, and whether the file is taken."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from data_contracts.checks import Finding, breaching_rows
from data_contracts.contract import Contract


def name_columns(header: list[str], contract: Contract) -> list[str]:
    """Name a file's columns as the contract does, the ones that it does not know as they are."""
    names = dict(zip(contract.header, contract.schema.names, strict=True))
    return [names.get(written, written) for written in header]


def collect_rejects(
    contract: Contract, findings: list[Finding], reviews: pd.DataFrame
) -> pd.DataFrame:
    """List each row that breaks a critical rule about rows, once per rule.

    Returns:
        A frame with `row_number` (int64), `rule`, `column` and `value` (strings).
    """
    failed = {f.rule for f in findings if f.passed is False and f.severity == "critical"}
    parts = [
        pd.DataFrame(
            {"row_number": pd.Series([], dtype="int64"), "rule": [], "column": [], "value": []}
        )
    ]
    for rule in contract.rules:
        breaches = breaching_rows(rule, reviews) if rule.name in failed else None
        if breaches is not None and rule.column is not None:
            rows = reviews.loc[breaches, ["row_number", rule.column]]
            values = rows[rule.column].astype("str").where(rows[rule.column].notna(), "")
            parts.append(
                pd.DataFrame(
                    {
                        "row_number": rows["row_number"],
                        "rule": rule.name,
                        "column": rule.column,
                        "value": values,
                    }
                )
            )
    rejects = pd.concat(parts[1:] or parts, ignore_index=True)
    return rejects.sort_values(["row_number", "rule"], kind="stable", ignore_index=True)


def judge(contract: Contract, findings: list[Finding], rows: int, rejected: int) -> list[str]:
    """List the reasons to reject the file, in sentences; none: it is accepted."""
    reasons = [
        f"{f.meaning} Found: {f.observed}."
        for f in findings
        if f.severity == "critical" and f.passed is False and f.unexpected_count is None
    ]
    if rejected > contract.rejected_fraction_max * rows:
        rules = sorted(
            {f.rule for f in findings if f.severity == "critical" and f.unexpected_count}
        )
        reasons.append(
            f"{rejected} of {rows} rows break {', '.join(rules)}; the contract tolerates"
            f" {contract.rejected_fraction_max:.1%}."
        )
    return reasons


def repeats_header(contract: Contract, reviews: pd.DataFrame) -> list[int]:
    """Row numbers of header lines among the rows, as two files put together have them."""
    fields = [n for n in contract.schema.names if contract.schema.field(n).type == pa.string()]
    same = reviews[fields].eq(pd.Series({n: n for n in fields})).all(axis="columns")
    return [int(row) for row in reviews.loc[same, "row_number"]]
