"""One rule checked on a few rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from data_contracts.checks import Checked, check_reviews
from data_contracts.contract import load_contract
from data_contracts.delivery import FrameDelivery
from data_contracts.findings import Finding
from data_contracts.rules import Rule

DTYPES = {"points": "Int64", "price": "float64"}
NOTHING: list[None] = [None, None, None]


def check_rows(expectation: str, arguments: dict[str, Any], frame: pd.DataFrame) -> Checked:
    """Check a critical rule of the name `rule`; the frame's `row_number` is added."""
    numbered = frame.assign(row_number=range(len(frame)))
    column = arguments.get("column") or arguments.get("column_A")
    rule = Rule("rule", column, "critical", expectation, arguments, "A rule.")
    contract = load_contract()._replace(rules=(rule,))
    return check_reviews(contract, list(frame.columns), FrameDelivery(numbered), references={})


def check(expectation: str, arguments: dict[str, Any], **columns: list[Any]) -> Finding:
    """Check a rule on columns of the contract."""
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=DTYPES.get(name, "str")) for name, values in columns.items()}
    )
    (finding,) = check_rows(expectation, arguments, frame).findings
    return finding


def passes(expectation: str, arguments: dict[str, Any], **columns: list[Any]) -> bool | None:
    return check(expectation, arguments, **columns).passed
