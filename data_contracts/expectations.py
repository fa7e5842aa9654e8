"""Expectations of our own, where Great Expectations has none.

Those about rows say how often a value may stand, that one column decides another, that a text
begins with another column's. Those about a whole delivery measure one figure and bound it, mostly
against an earlier file: `Figure` is their common shape. Importing this module makes them known.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    ColumnMapExpectation,
    ColumnPairMapExpectation,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
)
from scipy.stats import chi2

from data_contracts.breaches import begins_with, determines, within_copies
from data_contracts.measures import (
    NULL_FRACTIONS,
    RANK_CORRELATION,
    VALUE_COUNTS,
    WORD_COUNTS,
)
from data_contracts.tokens import unknown_fraction

VOCABULARIES: dict[str, pa.Array] = {}
"""By digest, the vocabularies that expectations may name; tens of thousands of words would not fit
into an expectation's arguments, which Great Expectations copies and prints."""

NEITHER_MISSING = "either_value_is_missing"
PAIR_KEYS = ("batch_id", "table", "column_A", "column_B", "row_condition", "condition_parser")


class _WithinCopies(ColumnMapMetricProvider):
    condition_metric_name = "column_values.within_copies"
    condition_value_keys = ("max_copies",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, max_copies: int, **_: Any) -> pd.Series:
        return within_copies(column, max_copies)


class ExpectColumnValuesToStandAtMost(ColumnMapExpectation):
    """Expect no value of a column to stand more than `max_copies` times."""

    max_copies: int
    map_metric: ClassVar[str] = "column_values.within_copies"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "max_copies")


class _Determines(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.determines"
    condition_domain_keys = (*PAIR_KEYS, "ignore_row_if")
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:
        return determines(column_A, column_B)


class ExpectColumnToDetermine(ColumnPairMapExpectation):
    """Expect each value of `column_A` to go with its usual value of `column_B`, nulls left aside.

    The usual one is the most frequent; where two are equally frequent, none is.
    """

    ignore_row_if: str = NEITHER_MISSING
    map_metric: ClassVar[str] = "column_pair_values.determines"
    domain_keys: ClassVar[tuple[str, ...]] = (*PAIR_KEYS, "ignore_row_if")


class _BeginsWith(ColumnPairMapMetricProvider):
    condition_metric_name = "column_pair_values.a_begins_with_b"
    condition_domain_keys = (*PAIR_KEYS, "ignore_row_if")
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column_A: pd.Series, column_B: pd.Series, **_: Any) -> pd.Series:
        return begins_with(column_A, column_B)


class ExpectColumnPairValuesAToBeginWithB(ColumnPairMapExpectation):
    """Expect the text of `column_A` to begin with that of `column_B`, nulls left aside."""

    ignore_row_if: str = NEITHER_MISSING
    map_metric: ClassVar[str] = "column_pair_values.a_begins_with_b"
    domain_keys: ClassVar[tuple[str, ...]] = (*PAIR_KEYS, "ignore_row_if")


class Figure(BatchExpectation):
    """Expect a figure of the whole delivery to lie between two bounds, each of them optional."""

    min_value: float | None = None
    max_value: float | None = None

    def figure(self, measured: Any) -> float:
        """Compute the figure from what the only one of `metric_dependencies` measured."""
        return float(measured)

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        value = self.figure(metrics[self.metric_dependencies[0]])
        low = -np.inf if self.min_value is None else self.min_value
        high = np.inf if self.max_value is None else self.max_value
        # No figure, as of a column without values, lies between no bounds.
        return {"success": bool(low <= value <= high), "result": {"observed_value": value}}


class ExpectTableRowCountRatioToBeBetween(Figure):
    """Expect the number of rows, divided by `reference_rows`, to lie between two bounds."""

    reference_rows: int
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("reference_rows", "min_value", "max_value")

    def figure(self, measured: int) -> float:
        """Divide the rows by those of the reference."""
        return round(measured / max(self.reference_rows, 1), 6)


class ExpectColumnDivergenceFromReferenceToBeBetween(Figure):
    """Expect a column to be distributed as `reference_counts` says, in nats.

    Great Expectations' own expectation of the kind is infinite at a value that the reference does
    not have, and takes the chance differences of small files for changes.
    """

    column: str
    reference_counts: dict[int, int]
    metric_dependencies: ClassVar[tuple[str, ...]] = (VALUE_COUNTS,)
    success_keys: ClassVar[tuple[str, ...]] = (
        "column",
        "reference_counts",
        "min_value",
        "max_value",
    )

    def figure(self, measured: dict[int, int]) -> float:
        """Compute the divergence beyond chance; see `divergence`."""
        return divergence(measured, self.reference_counts)


def divergence(counts: dict[int, int], reference: dict[int, int]) -> float:
    """Compute how far two samples of a discrete variable are from one distribution, in nats.

    The Kullback-Leibler divergence (Kullback & Leibler 1951) of the counts from the reference, half
    an observation added to each cell of both (Jeffreys' prior), less what 99 of 100 pairs of
    samples of one distribution stay below: twice the divergence, divided by 1/n + 1/m, is then
    chi-squared with one degree of freedom less than there are cells (Wilks 1938).

    Returns:
        The divergence, 0 where chance explains it; nan without any observation.
    """
    cells = sorted(counts.keys() | reference.keys())
    n, m = sum(counts.values()), sum(reference.values())
    if not n or not m:
        return float("nan")
    p, q = (np.array([side.get(c, 0) + 0.5 for c in cells]) for side in (counts, reference))
    p, q = p / p.sum(), q / q.sum()
    chance = chi2.ppf(0.99, max(len(cells) - 1, 1)) / 2 * (1 / n + 1 / m)
    return round(max(float(np.sum(p * np.log(p / q))) - float(chance), 0.0), 6)


class ExpectColumnOutOfVocabularyRateToBeBetween(Figure):
    """Expect a share of a text column's tokens not to stand in one of the VOCABULARIES.

    The tokens are the vectorizer's, each counted as often as it stands.
    """

    column: str
    vocabulary: str
    metric_dependencies: ClassVar[tuple[str, ...]] = (WORD_COUNTS,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "vocabulary", "min_value", "max_value")

    def figure(self, measured: pa.Table) -> float:
        """Compute the share of unknown tokens."""
        return round(unknown_fraction(measured, VOCABULARIES[self.vocabulary]), 6)


class ExpectColumnPairRankCorrelationToBeBetween(Figure):
    """Expect Spearman's rank correlation of two columns to lie between two bounds."""

    column_A: str
    column_B: str
    metric_dependencies: ClassVar[tuple[str, ...]] = (RANK_CORRELATION,)
    success_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B", "min_value", "max_value")


class ExpectTableNullFractionsToStayNear(BatchExpectation):
    """Expect no column's share of nulls to differ by more than `max_change` from a reference's.

    Added to it are three standard errors of the difference of two shares, which small files have by
    chance.
    """

    reference_null_fractions: dict[str, float]
    reference_rows: int
    max_change: float
    metric_dependencies: ClassVar[tuple[str, ...]] = (NULL_FRACTIONS, "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = (
        "reference_null_fractions",
        "reference_rows",
        "max_change",
    )

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        now = metrics[NULL_FRACTIONS]
        per_row = 1 / max(metrics["table.row_count"], 1) + 1 / max(self.reference_rows, 1)
        moved = []
        for column, before in self.reference_null_fractions.items():
            middle = (now[column] + before) / 2
            allowed = self.max_change + 3 * np.sqrt(middle * (1 - middle) * per_row)
            if abs(now[column] - before) > allowed:
                moved.append(f"{column} from {before:.1%} to {now[column]:.1%}")
        return {"success": not moved, "result": {"observed_value": ", ".join(moved) or "none"}}


class ExpectDeliveryNotToBeSuperseded(BatchExpectation):
    """Expect the delivery not to have been accepted before another one was."""

    accepted_before: str | None = None
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("accepted_before",)

    def _validate(self, *_: Any, **__: Any) -> dict[str, Any]:
        observed = "new" if self.accepted_before is None else f"accepted {self.accepted_before}"
        return {"success": self.accepted_before is None, "result": {"observed_value": observed}}
