"""The rule about rows that could not be read, which every contract has."""

from __future__ import annotations

from data_contracts.rules import Rule

UNREADABLE = ":unreadable"
"""Column of a delivery: why a row could not be read, else null. Such rows are null elsewhere."""

RULE = Rule(
    "rows_readable",
    None,
    "critical",
    "expect_column_values_to_be_null",
    {"column": UNREADABLE},
    "Every row of the file can be read: it has as many fields as the header names.",
)
