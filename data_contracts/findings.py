"""Findings: what the rules said of a delivery, read from Great Expectations' results."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.rules import Rule, Severity

EXAMPLES_MAX = 5
EXAMPLE_CHARACTERS_MAX = 200
OBSERVED_CHARACTERS_MAX = 500


class Finding(NamedTuple):
    """What one rule said of a delivery.

    Attributes:
        rule: the rule's name.
        column: its column, None for the whole table.
        severity: the rule's severity.
        meaning: the rule in a sentence.
        passed: whether the delivery keeps it; None when it could not be asked.
        not_asked: why it could not be asked.
        unexpected_count: rows that break it, None for a rule about the whole table.
        unexpected_fraction: the same as a share of all rows.
        observed: what was found instead, for a rule about the whole table.
        measured: the same as a number, where it is one.
        examples: rows that break it, `(row_number, value)`, at most EXAMPLES_MAX.
    """

    rule: str
    column: str | None
    severity: Severity
    meaning: str
    passed: bool | None
    not_asked: str | None = None
    unexpected_count: int | None = None
    unexpected_fraction: float | None = None
    observed: str | None = None
    measured: float | None = None
    examples: tuple[tuple[int, str], ...] = ()


def read_results(
    rules: list[Rule], results: Any, frame: pd.DataFrame
) -> tuple[dict[str, Finding], dict[str, pd.Series]]:
    """Read Great Expectations' results of some rules.

    Takes the complete lists of unexpected rows out of the results: they would keep millions of
    Python integers of a large file in memory.

    Args:
        rules: the rules that were checked.
        results: in the format COMPLETE, each with the rule's name in its meta.
        frame: the checked rows, with `row_number`.

    Returns:
        By rule, its finding; and by failed rule about rows, which rows break it.

    Raises:
        RuntimeError: an expectation is missing, or did not run.
    """
    by_name = {r.expectation_config.meta["rule"]: r for r in results.results}
    if sorted(by_name) != sorted(rule.name for rule in rules):
        raise RuntimeError("Great Expectations did not run just the rules of the contract")
    findings, breaches = {}, {}
    for rule in rules:
        result = by_name[rule.name]
        finding = _finding(rule, result, len(frame))
        result.result.pop("unexpected_list", None)
        unexpected = result.result.pop("unexpected_index_list", None)
        # The rows that a tolerance lets pass need no examples.
        if finding.unexpected_count is not None and not finding.passed:
            breaches[rule.name] = pd.Series(frame.index.isin(unexpected), frame.index)
            finding = finding._replace(examples=_examples(rule, frame[breaches[rule.name]]))
        findings[rule.name] = finding
    return findings, breaches


def _finding(rule: Rule, result: Any, rows: int) -> Finding:
    if any(info.get("raised_exception") for info in _exceptions(result)):
        raise RuntimeError(f"the rule {rule.name} could not be checked: {result.exception_info}")
    finding = Finding(rule.name, rule.column, rule.severity, rule.meaning, bool(result.success))
    count = result.result.get("unexpected_count")
    if count is not None:
        fraction = count / max(rows, 1)
        return finding._replace(unexpected_count=int(count), unexpected_fraction=fraction)
    observed = result.result.get("observed_value")
    if "column_list" in result.expectation_config.kwargs:
        observed = _compare_names(observed, result.expectation_config.kwargs["column_list"])
    measured = float(observed) if isinstance(observed, int | float) else None
    if measured is not None and math.isnan(measured):
        observed = measured = None
    return finding._replace(observed=_write(observed), measured=measured)


def _compare_names(found: list[str], expected: list[str]) -> str:
    says = {
        "missing": [name for name in expected if name not in found],
        "unknown": [name for name in found if name not in expected],
        "more than once": [name for name in expected if found.count(name) > 1],
    }
    listed = [f"{what}: {', '.join(names)}" for what, names in says.items() if names]
    same = "as they should be" if found == expected else f"in another order: {', '.join(found)}"
    return "; ".join(listed) or same


def _write(observed: Any) -> str:
    """Write a figure for people; a column without values has none."""
    if observed is None:
        return "no value"
    text = f"{observed:.4g}" if isinstance(observed, float) else str(observed)
    return text[:OBSERVED_CHARACTERS_MAX]


def _examples(rule: Rule, broken: pd.DataFrame) -> tuple[tuple[int, str], ...]:
    shown = broken.head(EXAMPLES_MAX)
    regex = rule.arguments.get("regex")
    return tuple(
        (int(row), _quote(value, regex))
        for row, value in zip(shown["row_number"], write_values(rule, shown), strict=True)
    )


def write_values(rule: Rule, rows: pd.DataFrame) -> list[str]:
    """Write what a rule speaks of in some rows; of two columns the one that is decided first."""
    if "column_A" not in rule.arguments:
        column = str(rule.arguments["column"])
        return [write_value(value) for value in rows[column]]
    deciding, decided = rule.arguments["column_A"], rule.arguments["column_B"]
    return [
        f"{decided} {write_value(b)}; {deciding} {write_value(a)}"
        for a, b in zip(rows[deciding], rows[decided], strict=True)
    ]


def write_value(value: Any) -> str:
    """Write a value as it stands in the file; beside a null pandas makes floats of integers."""
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _quote(text: str, regex: str | None) -> str:
    """Quote a value, of a long text the part in which a pattern is found."""
    # Arrow's engine, as for the whole column: it takes linear time whatever the text.
    place = pc.find_substring_regex(pa.scalar(text), regex).as_py() if regex and text else -1
    start = len(text.encode()[: max(place, 0)].decode(errors="ignore"))
    if start <= EXAMPLE_CHARACTERS_MAX // 2:
        return text[:EXAMPLE_CHARACTERS_MAX]
    return f"…{text[start - EXAMPLE_CHARACTERS_MAX // 4 :][: EXAMPLE_CHARACTERS_MAX - 1]}"


def _exceptions(result: Any) -> list[dict[str, Any]]:
    info = result.exception_info or {}
    return [info] if "raised_exception" in info else list(info.values())
