"""Our own expectations about rows, each with the metric that marks the rows which meet it.

Importing this module registers them with Great Expectations. The pipeline finds the rows with
`row_checks.py`; the metrics let any other validator of Great Expectations check the expectations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
)

from data_contracts.row_checks import (
    begins_with,
    has_usual_value,
    is_multiple,
    lacks_number,
    within_copies,
)


class _WithinCopies(ColumnMapMetricProvider):
    condition_metric_name = "column_values.within_copies"
    condition_value_keys = ("max_copies",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, max_copies: int, **_: Any) -> pd.Series:
        return within_copies(column, max_copies)


class _MultiplesOf(ColumnMapMetricProvider):
    condition_metric_name = "column_values.multiples_of"
    condition_value_keys = ("step",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, step: float, **_: Any) -> pd.Series:
        return is_multiple(column, step)


class PairCondition(ColumnPairMapMetricProvider):
    """A condition on two columns, checked in the rows where neither is null.

    Attributes:
        condition: marks the rows that meet it.
    """

    condition: ClassVar[Callable[..., pd.Series]]

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:
        return cls.condition(column_A, column_B)


class _Determines(PairCondition):
    condition_metric_name = "column_pair_values.determines"
    condition = staticmethod(has_usual_value)


class _BeginsWith(PairCondition):
    condition_metric_name = "column_pair_values.a_begins_with_b"
    condition = staticmethod(begins_with)


class _LacksNumber(PairCondition):
    condition_metric_name = "column_pair_values.a_does_not_hold_b"
    condition = staticmethod(lacks_number)


class ExpectColumnValuesToStandAtMost(ColumnMapExpectation):
    """Expect each value of a column to occur at most `max_copies` times."""

    max_copies: int
    map_metric: ClassVar[str] = "column_values.within_copies"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "max_copies")


class ExpectColumnValuesToBeMultiplesOf(ColumnMapExpectation):
    """Expect the numbers of a column to be multiples of `step`."""

    step: float
    map_metric: ClassVar[str] = "column_values.multiples_of"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "step")


class PairExpectation(ColumnPairMapExpectation):
    """Expect the rows where neither of two columns is null to meet a condition."""

    ignore_row_if: str = "either_value_is_missing"
    map_metric: ClassVar[str]
    domain_keys: ClassVar[tuple[str, ...]] = PairCondition.condition_domain_keys


class ExpectColumnToDetermine(PairExpectation):
    """Expect all rows with one value of `column_A` to have the same value of `column_B`.

    Unexpected are the rows that do not have the most frequent value of `column_B`. Where two values
    tie, all rows with that value of `column_A` are unexpected.
    """

    map_metric: ClassVar[str] = "column_pair_values.determines"


class ExpectColumnPairValuesAToBeginWithB(PairExpectation):
    """Expect the text of `column_A` to begin with that of `column_B`."""

    map_metric: ClassVar[str] = "column_pair_values.a_begins_with_b"


class ExpectColumnPairValuesAToNotHoldB(PairExpectation):
    """Expect the text of `column_A` not to hold the number of `column_B` as a number of its own."""

    map_metric: ClassVar[str] = "column_pair_values.a_does_not_hold_b"
