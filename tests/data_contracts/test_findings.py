"""How observed values are written; the other fields of findings are tested with whole checks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from data_contracts.findings import read_result
from data_contracts.rules import Rule

RATIO = "expect_table_row_count_ratio_to_be_between"
UNKNOWN = "expect_column_out_of_vocabulary_rate_to_be_between"
DISTINCT = "expect_column_proportion_of_unique_values_to_be_between"
DIVERGENCE = "expect_column_length_divergence_from_reference_to_be_between"
MEAN, ROWS = "expect_column_mean_to_be_between", "expect_table_row_count_to_be_between"


@pytest.mark.parametrize(
    ("expectation", "observed", "said"),
    [
        (RATIO, 0.43333, "43.33%"),
        (RATIO, 1.0, "100%"),
        (UNKNOWN, 0.0412, "4.12%"),
        (DISTINCT, 0, "0%"),
        (DIVERGENCE, 0.81234, "0.8123 nats"),
        (MEAN, 88.4512, "88.45"),
        (MEAN, 1234.5, "1,234"),
        (MEAN, -12345.6, "-12,346"),
        (ROWS, 37, "37"),
        (ROWS, 129971, "129,971"),
        (MEAN, None, "no value"),
        (MEAN, float("nan"), "no value"),
    ],
)
def test_an_observed_value_is_written_with_the_unit_of_the_rule(
    expectation: str, observed: Any, said: str
) -> None:
    rule = Rule("r", None, "critical", expectation, {}, "A rule.")
    configuration = SimpleNamespace(kwargs={})
    result = SimpleNamespace(
        success=False, result={"observed_value": observed}, expectation_config=configuration
    )
    finding = read_result(rule, result, 100)
    assert finding.observed == said
    expected = None if said == "no value" else float(observed)
    assert finding.measured == expected
