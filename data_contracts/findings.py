"""Findings: the result of each rule, read from Great Expectations' results."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.patterns import to_re2
from data_contracts.rules import Rule
from data_contracts.wording import join_names
from data_contracts.written_rules import Severity

EXAMPLES_MAX = 5
EXAMPLE_CHARACTERS_MAX = 200
OBSERVED_CHARACTERS_MAX = 500

SHARES = {
    "expect_table_row_count_ratio_to_be_between",
    "expect_column_out_of_vocabulary_rate_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between",
}
"""Expectations whose observed value is shown in percent."""


class Finding(NamedTuple):
    """The result of one rule.

    Attributes:
        rule: the rule's name.
        column: the rule's column, None for the whole file.
        severity: the rule's severity.
        meaning: the rule in a sentence.
        passed: whether the delivery passes; None when the rule was not checked.
        not_evaluated: why the rule was not checked.
        unexpected_count: number of rows that break the rule, None for a rule about the whole file.
        unexpected_fraction: the same as a share of all rows.
        observed: the observed value of a rule about the whole file.
        measured: the same as a number, if it is one.
        examples: the first rows that break the rule, as `(row_number, value)`.
    """

    rule: str
    column: str | None
    severity: Severity
    meaning: str
    passed: bool | None
    not_evaluated: str | None = None
    unexpected_count: int | None = None
    unexpected_fraction: float | None = None
    observed: str | None = None
    measured: float | None = None
    examples: tuple[tuple[int, str], ...] = ()


def read_result(rule: Rule, result: Any, rows: int, broken: pd.DataFrame | None = None) -> Finding:
    """Read the result of one rule.

    Args:
        rule: the rule that was checked.
        result: Great Expectations' result.
        rows: number of rows that the rule could see.
        broken: of a rule about rows, those that break it, or the first of them.
    """
    finding = Finding(rule.name, rule.column, rule.severity, rule.meaning, bool(result.success))
    count = result.result.get("unexpected_count")
    if count is not None:
        fraction = count / max(rows, 1)
        # Rows within a tolerance are not shown.
        examples = () if broken is None or finding.passed else _examples(rule, broken)
        return finding._replace(
            unexpected_count=int(count), unexpected_fraction=fraction, examples=examples
        )
    observed = result.result.get("observed_value")
    if "column_set" in result.expectation_config.kwargs:
        observed = _compare_names(observed, result.expectation_config.kwargs["column_set"])
    measured = float(observed) if isinstance(observed, int | float) else None
    if measured is not None and math.isnan(measured):
        observed = measured = None
    return finding._replace(observed=_format_observed(rule, observed), measured=measured)


def _compare_names(found: list[str], expected: list[str]) -> str:
    differences = {
        "missing": [name for name in expected if name not in found],
        "unknown": [name or "(no name)" for name in found if name not in expected],
    }
    listed = [f"{what}: {join_names(names)}" for what, names in differences.items() if names]
    return "; ".join(listed) or "as they should be"


def _format_observed(rule: Rule, observed: Any) -> str:
    """Format an observed value, numbers with the unit in which descriptions of rules state them."""
    if observed is None:
        return "no value"
    if not isinstance(observed, int | float):
        return str(observed)[:OBSERVED_CHARACTERS_MAX]
    if rule.expectation in SHARES:
        return f"{100 * observed:.4g}%"
    text = f"{observed:,.0f}" if abs(observed) >= 1000 else f"{observed:.4g}"
    return f"{text} nats" if "_divergence_" in rule.expectation else text


def _examples(rule: Rule, broken: pd.DataFrame) -> tuple[tuple[int, str], ...]:
    shown = broken.head(EXAMPLES_MAX)
    regex = rule.arguments.get("regex")
    return tuple(
        (int(row), _quote(value, regex))
        for row, value in zip(shown["row_number"], format_values(rule, shown), strict=True)
    )


def format_values(rule: Rule, rows: pd.DataFrame) -> list[str]:
    """Format the values that a rule checks; of a rule about two columns, both with their names."""
    if "column_A" not in rule.arguments:
        return [_format_value(value) for value in rows[rule.arguments["column"]]]
    # The second column is usually the short one: it is still seen when a long text is cut.
    first, second = rule.arguments["column_A"], rule.arguments["column_B"]
    return [
        f"{second} {_format_value(b)}; {first} {_format_value(a)}"
        for a, b in zip(rows[first], rows[second], strict=True)
    ]


def _format_value(value: Any) -> str:
    """Format a value as in the file: pandas turns the integers of a column with nulls to floats."""
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _quote(text: str, regex: str | None) -> str:
    """Cut a long text around the first match of a pattern."""
    place = _find_match(text, regex) if regex and text else -1
    start = len(text.encode()[: max(place, 0)].decode(errors="ignore"))
    if start <= EXAMPLE_CHARACTERS_MAX // 2:
        return text[:EXAMPLE_CHARACTERS_MAX]
    return f"…{text[start - EXAMPLE_CHARACTERS_MAX // 4 :][: EXAMPLE_CHARACTERS_MAX - 1]}"


def _find_match(text: str, regex: str) -> int:
    """Return the byte where a pattern matches a text; -1 if it does not, or if it needs Python."""
    # Arrow's regex engine takes linear time on any text; Python's does not.
    try:
        place: int = pc.find_substring_regex(pa.scalar(text), to_re2(regex)).as_py()
    except pa.ArrowInvalid:
        return -1
    return place
