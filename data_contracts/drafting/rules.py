"""Drafts the rules about the whole file, the target, and shares of empty values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from data_contracts.contract import DEFAULT, list_contracts
from data_contracts.document import read_document
from data_contracts.drafting.columns import Described, read_numbers
from data_contracts.drafting.scale import Scale
from data_contracts.rule_checks import can_be_compared
from data_contracts.wording import write_count

Quality = dict[str, Any]
"""An entry of a `quality` list."""

LAST, CHAMPION = "the last accepted file", "the champion's training data"
"""The references `$last` and `$champion` in words."""
ROWS_FEW = 100
"""Rows that a file must have; if the draft's own file has fewer, half of its rows."""
TARGET_BOUNDS = (
    ("against_last", "$last", LAST, 0.005, "warning"),
    ("against_champion", "$champion", CHAMPION, 0.02, "warning"),
    ("far_from_champion", "$champion", CHAMPION, 0.5, "critical"),
)
"""Of the target's divergence: name of the rule, reference, its words, nats, and severity."""


def custom(
    name: str, severity: str, dimension: str, meaning: str, expectation: str, **arguments: Any
) -> Quality:
    """Make a rule that names an expectation of Great Expectations."""
    return {
        "name": name,
        "type": "custom",
        "engine": "greatExpectations",
        "severity": severity,
        "dimension": dimension,
        "description": meaning,
        "implementation": {"type": expectation, "kwargs": arguments},
    }


def show(share: float) -> str:
    """Format a share in percent."""
    return f"{100 * share:.3g} %"


def draft_table_rules(rows: int) -> list[Quality]:
    """Draft the rules about the whole file: those of the default contract, which name no column."""
    document = read_document(list_contracts()[DEFAULT].read_bytes())
    table = (document.schema_ or [])[0]
    drafted = [rule.model_dump(exclude_none=True) for rule in table.quality or []]
    for rule in drafted:
        if rule["name"] == "rows":
            least = ROWS_FEW if rows >= ROWS_FEW else max(rows // 2, 1)
            rule["mustBeGreaterOrEqualTo"] = least
            reviews = write_count(least, "review")
            rule["description"] = f"At least {reviews}. The file of the draft has {rows:,}."
    return drafted


def draft_target_rules(target: Described, scale: Scale) -> Iterator[Quality]:
    """Draft the rules about the target alone."""
    numbers = read_numbers(target)
    mean, deviation = float(numbers.mean()), float(numbers.std())
    yield custom(
        f"{target.name}_spread",
        "critical",
        "accuracy",
        f"The standard deviation of the values from {scale.minimum:.15g} to {scale.maximum:.15g}"
        f" lies between {deviation / 3:.3g} and {deviation * 3:.3g}"
        f" (observed: {deviation:.3g}, around a mean of {mean:.3g}); without variation there is"
        " nothing to learn.",
        "expect_column_stdev_to_be_between",
        min_value=float(f"{deviation / 3:.6g}"),
        max_value=float(f"{deviation * 3:.6g}"),
        strict_min=True,
        **_on_the_scale(target.name, scale),
    )
    for suffix, reference, words, bound, severity in TARGET_BOUNDS:
        yield custom(
            f"{target.name}_{suffix}",
            severity,
            "consistency",
            f"The distribution diverges from that of {words} by at most {bound} nats"
            " (Kullback-Leibler) beyond chance.",
            "expect_column_divergence_from_reference_to_be_between",
            width="$target_width",
            reference_counts=f"{reference}.target_counts",
            max_value=bound,
        )


def _on_the_scale(name: str, scale: Scale) -> dict[str, Any]:
    """Draft the row condition that a target lies on its scale, if a condition can name the target.

    One value off the scale, which a rule about rows rejects, must not decide on the file.
    """
    if not can_be_compared(name):
        return {}
    parts = [
        {"type": "comparison", "column": {"name": name}, "operator": operator, "parameter": end}
        for operator, end in ((">=", scale.minimum), ("<=", scale.maximum))
    ]
    return {"row_condition": {"type": "and", "conditions": parts}}


def draft_null_rule(column: Described) -> Quality:
    """Draft the rule about the share of empty values of a column."""
    percent = min(100.0, round(100 * column.nulls * 1.5 + 1, 1))
    return {
        "name": f"{column.name}_nulls",
        "type": "library",
        "metric": "nullValues",
        "mustBeLessOrEqualTo": percent,
        "unit": "percent",
        "severity": "warning",
        "dimension": "completeness",
        "description": f"At most {percent:g} % of the values are empty (observed:"
        f" {show(column.nulls)}).",
    }
