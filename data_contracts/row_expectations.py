"""Expectations of our own about rows, each with the metric that marks the rows which keep it.

They say how often a value may stand, and what two columns have to do with each other. Importing
this module makes them known.
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

from data_contracts.breaches import begins_with, determines, keeps_to_itself, within_copies


class _WithinCopies(ColumnMapMetricProvider):
    condition_metric_name = "column_values.within_copies"
    condition_value_keys = ("max_copies",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, max_copies: int, **_: Any) -> pd.Series:
        return within_copies(column, max_copies)


class PairCondition(ColumnPairMapMetricProvider):
    """A condition on two columns, asked of the rows that have both.

    Attributes:
        keeps: marks the rows that meet it.
    """

    keeps: ClassVar[Callable[..., pd.Series]]

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:
        return cls.keeps(column_A, column_B)


class _Determines(PairCondition):
    condition_metric_name = "column_pair_values.determines"
    keeps = staticmethod(determines)


class _BeginsWith(PairCondition):
    condition_metric_name = "column_pair_values.a_begins_with_b"
    keeps = staticmethod(begins_with)


class _KeepsToItself(PairCondition):
    condition_metric_name = "column_pair_values.a_does_not_hold_b"
    keeps = staticmethod(keeps_to_itself)


class ExpectColumnValuesToStandAtMost(ColumnMapExpectation):
    """Expect no value of a column to stand more than `max_copies` times."""

    max_copies: int
    map_metric: ClassVar[str] = "column_values.within_copies"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "max_copies")


class PairExpectation(ColumnPairMapExpectation):
    """Expect something of two columns in each row that has both."""

    ignore_row_if: str = "either_value_is_missing"
    map_metric: ClassVar[str]
    domain_keys: ClassVar[tuple[str, ...]] = PairCondition.condition_domain_keys


class ExpectColumnToDetermine(PairExpectation):
    """Expect each value of `column_A` to go with its usual value of `column_B`, nulls left aside.

    The usual one is the most frequent; where two are equally frequent, none is.
    """

    map_metric: ClassVar[str] = "column_pair_values.determines"


class ExpectColumnPairValuesAToBeginWithB(PairExpectation):
    """Expect the text of `column_A` to begin with that of `column_B`, nulls left aside."""

    map_metric: ClassVar[str] = "column_pair_values.a_begins_with_b"


class ExpectColumnPairValuesAToNotHoldB(PairExpectation):
    """Expect the text of `column_A` not to hold the number of `column_B` by itself."""

    map_metric: ClassVar[str] = "column_pair_values.a_does_not_hold_b"
