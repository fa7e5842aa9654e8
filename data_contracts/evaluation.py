"""Lets Great Expectations evaluate a rule by metrics that were measured without it.

An expectation asks for metrics by name, such as `column_values.between.unexpected_count`, and
judges them. Great Expectations can measure them itself, but copies all rows for each rule. See
Great Expectations' documentation, "Custom Expectations", for what an expectation asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from great_expectations.core import ExpectationValidationResult
from great_expectations.validator.metric_configuration import MetricConfiguration

from data_contracts.counted_rows import write_condition
from data_contracts.measures import MEASURES, Rows
from data_contracts.row_checks import Broken
from data_contracts.rules import COLUMN_KEYS, Rule

VALUES_MAX = 20
"""Number of unexpected values that Data Docs show."""

NULLS = "column_values.nonnull.unexpected_count"
ROWS, COLUMNS = "table.row_count", "table.columns"
RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": VALUES_MAX}


def evaluate_rows(
    rule: Rule, expectation: Any, broken: Broken, shown: pd.DataFrame
) -> ExpectationValidationResult:
    """Evaluate an expectation about rows.

    Args:
        rule: of the expectation.
        expectation: Great Expectations' object.
        broken: the rows that break the rule.
        shown: the first of these rows, at most VALUES_MAX.
    """
    names = [rule.arguments[key] for key in COLUMN_KEYS if key in rule.arguments]
    values = (
        shown[names[0]].tolist() if len(names) == 1 else [*shown[names].itertuples(False, None)]
    )
    metric = expectation.map_metric
    metrics = {
        f"{metric}.unexpected_count": len(broken.places),
        f"{metric}.unexpected_values": values,
        f"{metric}.unexpected_index_list": shown["row_number"].tolist(),
        f"{metric}.unexpected_index_query": None,
        f"{metric}.filtered_row_count": broken.rows - broken.nulls,
        NULLS: broken.nulls,
        ROWS: broken.rows,
    }
    return _evaluate(expectation, lambda asked: metrics[asked.metric_name])


class FileMetrics:
    """The metrics of a whole file, each measured once for all rules that ask for it."""

    def __init__(self, columns: Sequence[str], rows: Rows) -> None:
        """Begin with nothing measured.

        Args:
            columns: names of the file's columns.
            rows: the counts of its rows.
        """
        self._columns, self._rows = list(columns), rows
        self._measured = dict[str, Any]()

    def measure(self, asked: MetricConfiguration, condition: dict[str, Any] | None) -> Any:
        """Return a metric of the rows that meet a row condition."""
        if asked.metric_name == COLUMNS:
            return self._columns
        rows = self._rows._replace(condition=write_condition(condition))
        key = repr((asked.id, rows.condition))
        if key not in self._measured:
            arguments = asked.metric_domain_kwargs | asked.metric_value_kwargs
            self._measured[key] = MEASURES[asked.metric_name](rows, arguments)
        return self._measured[key]


def evaluate_file(rule: Rule, expectation: Any, file: FileMetrics) -> ExpectationValidationResult:
    """Evaluate an expectation about the whole file, by the rows that meet its row condition.

    Args:
        rule: of the expectation.
        expectation: Great Expectations' object.
        file: its metrics.
    """
    condition = rule.arguments.get("row_condition")
    return _evaluate(expectation, lambda asked: file.measure(asked, condition))


def _evaluate(
    expectation: Any, measure: Callable[[MetricConfiguration], Any]
) -> ExpectationValidationResult:
    """Let an expectation judge the metrics that it asks for."""
    asked = expectation.get_validation_dependencies(
        runtime_configuration={"result_format": RESULT_FORMAT}
    ).get_metric_configurations()
    return expectation.metrics_validate(
        {metric.id: measure(metric) for metric in asked},
        runtime_configuration={"result_format": RESULT_FORMAT},
    )
