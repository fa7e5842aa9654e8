"""Metrics of a whole delivery, by the names under which expectations ask for them.

Each is a figure of counts, which add up over the partitions of a delivery. Importing this module
registers those of our own expectations with Great Expectations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

from data_contracts import figures
from data_contracts.counted_rows import Counted, CountedRows, FrameCounts
from data_contracts.tokens import TokenCounts

VALUE_COUNTS = "table.value_counts_of_column"
HISTOGRAM = "table.histogram_of_column"
WORD_COUNTS = "table.token_counts_of_column"
RANK_CORRELATION = "table.rank_correlation"
NULL_FRACTIONS = "table.null_fractions"

Arguments = Mapping[str, Any]


class Rows(NamedTuple):
    """The rows of a delivery that a metric is about.

    Attributes:
        counts: their counts.
        columns: names of the contract's columns.
        condition: the row condition that they meet; see `Counted`.
    """

    counts: CountedRows
    columns: tuple[str, ...]
    condition: str = ""

    def count(self, kind: str, *columns: str) -> Any:
        """Return a count of these rows."""
        return self.counts.get(Counted(kind, columns, self.condition))


def _values(rows: Rows, given: Arguments) -> Any:
    return rows.count("values", given["column"])


def _share_distinct(rows: Rows, given: Arguments) -> float:
    values = _values(rows, given)
    return figures.distinct(values) / max(figures.total(values), 1)


def _count_bins(rows: Rows, given: Arguments) -> dict[int, int]:
    return dict(enumerate(figures.count_bands(_values(rows, given), given["edges"])))


def _count_tokens(rows: Rows, given: Arguments) -> TokenCounts:
    return TokenCounts(*(rows.count(kind, given["column"]) for kind in ("tokens", "lengths")))


def _correlate(rows: Rows, given: Arguments) -> float:
    return figures.correlate_ranks(rows.count("pairs", given["column_A"], given["column_B"]))


def _share_nulls(rows: Rows, _: Arguments) -> dict[str, float]:
    every = max(figures.total(rows.count("rows")), 1)
    return {name: figures.total(rows.count("nulls", name)) / every for name in rows.columns}


MEASURES: dict[str, Callable[[Rows, Arguments], Any]] = {
    "table.row_count": lambda rows, _: figures.total(rows.count("rows")),
    "column.mean": lambda rows, given: figures.mean(_values(rows, given)),
    "column.median": lambda rows, given: figures.quantile(_values(rows, given), 0.5),
    "column.standard_deviation": lambda rows, given: figures.deviation(_values(rows, given)),
    "column.distinct_values.count": lambda rows, given: figures.distinct(_values(rows, given)),
    "column.unique_proportion": _share_distinct,
    VALUE_COUNTS: lambda rows, given: figures.count_levels(_values(rows, given), given["width"]),
    HISTOGRAM: _count_bins,
    WORD_COUNTS: _count_tokens,
    RANK_CORRELATION: _correlate,
    NULL_FRACTIONS: _share_nulls,
}
"""Functions of the rows and the metric's arguments."""


class Measure(TableMetricProvider):
    """A metric of our own, for any validator of Great Expectations."""

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
        rows = Rows(FrameCounts(frame), tuple(frame.columns))
        return MEASURES[cls.metric_name](rows, metric_value_kwargs)


class _ValueCounts(Measure):
    metric_name = VALUE_COUNTS
    value_keys = ("column", "width")


class _Histogram(Measure):
    metric_name = HISTOGRAM
    value_keys = ("column", "edges")


class _TokenCounts(Measure):
    metric_name = WORD_COUNTS
    value_keys = ("column",)


class _RankCorrelation(Measure):
    metric_name = RANK_CORRELATION
    value_keys = ("column_A", "column_B")


class _NullFractions(Measure):
    metric_name = NULL_FRACTIONS
