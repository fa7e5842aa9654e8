"""Our own expectations about a whole delivery; most compare it with an earlier file.

Importing this module registers them, and those about rows, with Great Expectations.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from great_expectations.expectations.expectation import BatchExpectation

from data_contracts import measures, row_expectations  # noqa: F401 - registers expectations
from data_contracts.profile import ERROR_CONFIDENCE, bin_lengths
from data_contracts.samples import correlation_error, divergence, fraction_error
from data_contracts.tokens import TokenCounts, unknown_fraction

BOUNDS = ("min_value", "max_value")

VOCABULARIES_MAX = 16
"""Each check uses two at most; several checks can run in one process."""


class Vocabularies(dict[str, pa.Array]):
    """The newest vocabularies by digest; expectations name them by it.

    Great Expectations copies and prints an expectation's arguments, so they must be short.
    """

    def __setitem__(self, digest: str, vocabulary: pa.Array) -> None:
        """Add a vocabulary as the newest, and drop the oldest."""
        self.pop(digest, None)
        super().__setitem__(digest, vocabulary)
        while len(self) > VOCABULARIES_MAX:
            del self[next(iter(self))]


VOCABULARIES = Vocabularies()


class BoundedStatistic(BatchExpectation):
    """Expect a statistic of the whole delivery to lie between two bounds, both optional."""

    min_value: float | None = None
    max_value: float | None = None

    def compute(self, metric: Any) -> float:
        """Compute the statistic from the only one of the `metric_dependencies`."""
        return float(metric)

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        value = self.compute(metrics[self.metric_dependencies[0]])
        low = -np.inf if self.min_value is None else self.min_value
        high = np.inf if self.max_value is None else self.max_value
        # The statistic of a column without values is nan, and no bounds hold for nan.
        return {"success": bool(low <= value <= high), "result": {"observed_value": value}}


class ExpectTableRowCountRatioToBeBetween(BoundedStatistic):
    """Expect the number of rows, divided by `reference_rows`, to lie between two bounds."""

    reference_rows: int
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("reference_rows", *BOUNDS)

    def compute(self, metric: int) -> float:
        """Divide the number of rows by the reference's."""
        return round(metric / max(self.reference_rows, 1), 6)


class DivergenceFromReference(BoundedStatistic):
    """Expect the counts of a column to diverge from `reference_counts` within bounds, in nats.

    Great Expectations' own expectation returns infinity at a value that the reference lacks, and
    does not allow for the chance differences of small files.
    """

    column: str
    reference_counts: dict[int, int]

    def compute(self, metric: Any) -> float:
        """Compute the divergence beyond chance."""
        return divergence(metric, self.reference_counts)


class ExpectColumnDivergenceFromReferenceToBeBetween(DivergenceFromReference):
    """Expect a column of numbers, in multiples of `width`, to diverge within bounds."""

    width: float = 1.0
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.VALUE_COUNTS,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "width", "reference_counts", *BOUNDS)


class ExpectColumnHistogramDivergenceFromReferenceToBeBetween(DivergenceFromReference):
    """Expect a column of numbers, in the bins between `edges`, to diverge within bounds."""

    edges: list[float]
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.HISTOGRAM,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "edges", "reference_counts", *BOUNDS)


class ExpectColumnLengthDivergenceFromReferenceToBeBetween(DivergenceFromReference):
    """Expect the lengths of a column's texts, in the profile's bins, to diverge within bounds."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.WORD_COUNTS,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "reference_counts", *BOUNDS)

    def compute(self, metric: TokenCounts) -> float:
        """Compute the divergence beyond chance."""
        return divergence(dict(enumerate(bin_lengths(metric.lengths))), self.reference_counts)


class ExpectColumnOutOfVocabularyRateToBeBetween(BoundedStatistic):
    """Expect the share of a column's tokens that a vocabulary lacks to lie between two bounds.

    `vocabulary` is the digest of one of the VOCABULARIES. The share that is unknown `by_chance` is
    subtracted.
    """

    column: str
    vocabulary: str
    by_chance: float = 0.0
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.WORD_COUNTS,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "vocabulary", "by_chance", *BOUNDS)

    def compute(self, metric: TokenCounts) -> float:
        """Compute the share of unknown tokens beyond chance."""
        unknown = unknown_fraction(metric.tokens, VOCABULARIES[self.vocabulary])
        return round(max(unknown - self.by_chance, 0.0), 6)


class ExpectColumnPairRankCorrelationToBeBetween(BoundedStatistic):
    """Expect Spearman's rank correlation of two columns to lie between two bounds."""

    column_A: str
    column_B: str
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.RANK_CORRELATION,)
    success_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B", *BOUNDS)


class ExpectColumnPairRankCorrelationToStayNear(BatchExpectation):
    """Expect two columns' rank correlation to differ by at most `max_change` from a reference's.

    Texts are ranked by their lengths. Three standard errors are allowed for chance. If the
    reference has no correlation, every delivery passes.
    """

    column_A: str
    column_B: str
    reference_correlation: float | None
    reference_rows: int
    max_change: float
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.RANK_CORRELATION, "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = (
        *("column_A", "column_B", "reference_correlation", "reference_rows", "max_change"),
    )

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        now, before = metrics[measures.RANK_CORRELATION], self.reference_correlation
        if before is None:
            return {"success": True, "result": {"observed_value": "nothing to compare with"}}
        error = correlation_error(metrics["table.row_count"], self.reference_rows)
        near = bool(abs(now - before) <= self.max_change + 3 * error)
        return {"success": near, "result": {"observed_value": f"from {before:.3f} to {now:.3f}"}}


class ExpectTableNullFractionsToStayNear(BatchExpectation):
    """Expect no column's share of nulls to differ by more than `max_change` from a reference's.

    Three standard errors are allowed for chance. Columns that only the reference has are ignored.
    """

    reference_null_fractions: dict[str, float]
    reference_rows: int
    max_change: float
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.NULL_FRACTIONS, "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = (
        *("reference_null_fractions", "reference_rows", "max_change"),
    )

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        fractions, rows = metrics[measures.NULL_FRACTIONS], metrics["table.row_count"]
        changes = []
        for column, before in self.reference_null_fractions.items():
            if (now := fractions.get(column)) is None:
                continue
            error = fraction_error((now + before) / 2, rows, self.reference_rows)
            if abs(now - before) > self.max_change + 3 * error:
                changes.append(f"{column} from {before:.1%} to {now:.1%}")
        return {"success": not changes, "result": {"observed_value": ", ".join(changes) or "none"}}


class ExpectChampionErrorToStayNear(BatchExpectation):
    """Expect the champion's MAE on the delivery to be at most `max_ratio` of that at its promotion.

    The lower end of the interval of the MAE counts, so that chance breaks no rule.
    """

    champion_error: dict[str, float]
    max_ratio: float
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("champion_error", "max_ratio")

    def _validate(self, *_: Any, **__: Any) -> dict[str, Any]:
        error = self.champion_error
        mae, low, high, promoted = (
            f"{error[name]:.{error['digits']:.0f}f}"
            for name in ("mae", "low", "high", "promoted_mae")
        )
        near = bool(error["low"] <= self.max_ratio * error["promoted_mae"])
        observed = (
            f"the champion's MAE is {mae} ({100 * ERROR_CONFIDENCE:.0f} % interval {low} to {high})"
            f" on {error['rows']:,.0f} reviews, {'not ' if near else ''}surely more than"
            f" {self.max_ratio:g} times that at its promotion, {promoted}"
        )
        return {"success": near, "result": {"observed_value": observed}}


class ExpectDeliveryNotToBeSuperseded(BatchExpectation):
    """Expect that this file was not accepted earlier and then replaced by another one."""

    accepted_before: str | None = None
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("accepted_before",)

    def _validate(self, *_: Any, **__: Any) -> dict[str, Any]:
        observed = "new" if self.accepted_before is None else f"accepted {self.accepted_before}"
        return {"success": self.accepted_before is None, "result": {"observed_value": observed}}
