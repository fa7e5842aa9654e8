"""One expectation asked of a few rows, as the checks ask it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data_contracts.breaches import breaching_rows
from data_contracts.checks import check_reviews
from data_contracts.contract import load_contract
from data_contracts.findings import Finding
from data_contracts.rules import Rule

KINDS = {"points": "Int64", "price": "float64"}
NOTHING: list[None] = [None, None, None]


def ask(expectation: str, arguments: dict[str, Any], **columns: list[Any]) -> Finding:
    """Ask an expectation of a frame; the rows that pandas finds must be as many."""
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=KINDS.get(name, "str")) for name, values in columns.items()}
    )
    frame.insert(0, "row_number", range(len(frame)))
    column = arguments.get("column") or arguments.get("column_A")
    rule = Rule("asked", column, "critical", expectation, arguments, "Asked.")
    checked = check_reviews(
        load_contract()._replace(rules=(rule,)), list(columns), frame, references={}
    )
    (finding,) = checked.findings
    rows = breaching_rows(expectation, arguments, frame)
    assert (None if rows is None else int(rows.sum())) == finding.unexpected_count
    return finding


def passed(expectation: str, arguments: dict[str, Any], **columns: list[Any]) -> bool | None:
    return ask(expectation, arguments, **columns).passed
