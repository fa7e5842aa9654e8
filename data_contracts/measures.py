"""Metrics of a whole delivery, by the names under which expectations ask for them.

Importing this module registers those of our own expectations with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from numpy.typing import NDArray

from data_contracts.bands import count_bands
from data_contracts.profile import count_levels
from data_contracts.samples import correlate_ranks
from data_contracts.tokens import TokenCounts, count_tokens

VALUE_COUNTS = "table.value_counts_of_column"
HISTOGRAM = "table.histogram_of_column"
WORD_COUNTS = "table.token_counts_of_column"
RANK_CORRELATION = "table.rank_correlation"
NULL_FRACTIONS = "table.null_fractions"


class Measure(TableMetricProvider):
    """A metric of the whole table.

    Attributes:
        measure: computes it from the frame and the metric's `value_keys`.
    """

    measure: ClassVar[Callable[..., Any]]

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(
        cls,
        execution_engine: PandasExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        **_: Any,
    ) -> Any:
        frame, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        return cls.measure(frame, **metric_value_kwargs)


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return frame[column].to_numpy("float64", na_value=float("nan"))


def _count_values(frame: pd.DataFrame, column: str, width: float) -> dict[int, int]:
    return count_levels(_numbers(frame, column), width)


def _count_bins(frame: pd.DataFrame, column: str, edges: list[float]) -> dict[int, int]:
    return dict(enumerate(count_bands(_numbers(frame, column), edges)))


def _count_tokens(frame: pd.DataFrame, column: str) -> TokenCounts:
    texts = pa.array(frame[column], pa.string(), from_pandas=True)
    return count_tokens(pa.chunked_array([texts]))


def _correlate_ranks(frame: pd.DataFrame, column_A: str, column_B: str) -> float:
    return correlate_ranks(frame[column_A], frame[column_B])


class _ValueCounts(Measure):
    metric_name = VALUE_COUNTS
    value_keys = ("column", "width")
    measure = staticmethod(_count_values)


class _Histogram(Measure):
    metric_name = HISTOGRAM
    value_keys = ("column", "edges")
    measure = staticmethod(_count_bins)


class _TokenCounts(Measure):
    metric_name = WORD_COUNTS
    value_keys = ("column",)
    measure = staticmethod(_count_tokens)


class _RankCorrelation(Measure):
    metric_name = RANK_CORRELATION
    value_keys = ("column_A", "column_B")
    measure = staticmethod(_correlate_ranks)


class _NullFractions(Measure):
    metric_name = NULL_FRACTIONS
    measure = staticmethod(lambda frame: frame.isna().mean())


def _measure_own(kind: type[Measure]) -> Callable[[pd.DataFrame, Mapping[str, Any]], Any]:
    return lambda frame, given: kind.measure(frame, **{key: given[key] for key in kind.value_keys})


def _share_distinct(frame: pd.DataFrame, given: Mapping[str, Any]) -> float:
    values = frame[given["column"]]
    return float(values.nunique() / max(values.count(), 1))


OWN = (_ValueCounts, _Histogram, _TokenCounts, _RankCorrelation, _NullFractions)

MEASURES: dict[str, Callable[[pd.DataFrame, Mapping[str, Any]], Any]] = {
    "table.row_count": lambda frame, _: len(frame),
    "column.mean": lambda frame, given: frame[given["column"]].mean(),
    "column.median": lambda frame, given: frame[given["column"]].median(),
    "column.standard_deviation": lambda frame, given: frame[given["column"]].std(),
    "column.distinct_values.count": lambda frame, given: frame[given["column"]].nunique(),
    "column.unique_proportion": _share_distinct,
} | {str(kind.metric_name): _measure_own(kind) for kind in OWN}
"""Functions of the rows and the metric's arguments."""
