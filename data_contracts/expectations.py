"""Expectations of our own about a whole delivery, where Great Expectations has none.

Each measures a figure and bounds it, mostly against an earlier file. Importing this module makes
them and those about rows known.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from great_expectations.expectations.expectation import BatchExpectation

from data_contracts import measures, row_expectations  # noqa: F401 - known once imported
from data_contracts.profile import bin_lengths
from data_contracts.samples import correlation_error, divergence, fraction_error
from data_contracts.tokens import unknown_fraction

BOUNDS = ("min_value", "max_value")

VOCABULARIES_MAX = 16
"""Some for each check that runs at the same time in this process."""


class Vocabularies(dict[str, pa.Array]):
    """By digest, the vocabularies that expectations may name; only the newest are kept.

    Tens of thousands of words would not fit into an expectation's arguments, which Great
    Expectations copies and prints.
    """

    def __setitem__(self, digest: str, vocabulary: pa.Array) -> None:
        """Keep a vocabulary as the newest."""
        newest = {k: v for k, v in self.items() if k != digest} | {digest: vocabulary}
        self.clear()
        self.update(list(newest.items())[-VOCABULARIES_MAX:])


VOCABULARIES = Vocabularies()


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
    success_keys: ClassVar[tuple[str, ...]] = ("reference_rows", *BOUNDS)

    def figure(self, measured: int) -> float:
        """Divide the rows by those of the reference."""
        return round(measured / max(self.reference_rows, 1), 6)


class ExpectColumnDivergenceFromReferenceToBeBetween(Figure):
    """Expect a column of integers to be distributed as `reference_counts` says, in nats.

    Great Expectations' own expectation of the kind is infinite at a value that the reference does
    not have, and takes the chance differences of small files for changes.
    """

    column: str
    reference_counts: dict[int, int]
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.VALUE_COUNTS,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "reference_counts", *BOUNDS)

    def figure(self, measured: Any) -> float:
        """Compute the divergence beyond chance; see `divergence`."""
        return divergence(measured, self.reference_counts)


class ExpectColumnPriceDivergenceFromReferenceToBeBetween(
    ExpectColumnDivergenceFromReferenceToBeBetween
):
    """Expect a column of prices to be distributed over the profile's bins as a reference's."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.PRICE_COUNTS,)


class ExpectColumnLengthDivergenceFromReferenceToBeBetween(
    ExpectColumnDivergenceFromReferenceToBeBetween
):
    """Expect the lengths of a column's texts to be distributed as a reference's, in tokens."""

    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.WORD_COUNTS,)

    def figure(self, measured: Any) -> float:
        """Compute the divergence of the lengths beyond chance."""
        return divergence(dict(enumerate(bin_lengths(measured[1]))), self.reference_counts)


class ExpectColumnOutOfVocabularyRateToBeBetween(Figure):
    """Expect a share of a text column's tokens not to stand in one of the VOCABULARIES.

    The tokens are those of Keras' vectorizer by default, each counted as often as it stands;
    the share that would be unknown `by_chance` is taken off.
    """

    column: str
    vocabulary: str
    by_chance: float = 0.0
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.WORD_COUNTS,)
    success_keys: ClassVar[tuple[str, ...]] = ("column", "vocabulary", "by_chance", *BOUNDS)

    def figure(self, measured: tuple[pa.Table, pa.Array]) -> float:
        """Compute the share of unknown tokens beyond chance."""
        unknown = unknown_fraction(measured[0], VOCABULARIES[self.vocabulary])
        return round(max(unknown - self.by_chance, 0.0), 6)


class ExpectColumnPairRankCorrelationToBeBetween(Figure):
    """Expect Spearman's rank correlation of two columns to lie between two bounds."""

    column_A: str
    column_B: str
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.RANK_CORRELATION,)
    success_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B", *BOUNDS)


class ExpectColumnPairRankCorrelationToStayNear(BatchExpectation):
    """Expect two columns' rank correlation to differ by at most `max_change` from a reference's.

    Texts are ranked by their lengths. Three standard errors are added for what small files have by
    chance. A reference without a correlation is met by any.
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

    Three standard errors are added for what small files have by chance. A column that only the
    reference has is left aside.
    """

    reference_null_fractions: dict[str, float]
    reference_rows: int
    max_change: float
    metric_dependencies: ClassVar[tuple[str, ...]] = (measures.NULL_FRACTIONS, "table.row_count")
    success_keys: ClassVar[tuple[str, ...]] = (
        *("reference_null_fractions", "reference_rows", "max_change"),
    )

    def _validate(self, metrics: dict[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        found, rows = metrics[measures.NULL_FRACTIONS], metrics["table.row_count"]
        moved = []
        for column, before in self.reference_null_fractions.items():
            if (now := found.get(column)) is None:
                continue
            error = fraction_error((now + before) / 2, rows, self.reference_rows)
            if abs(now - before) > self.max_change + 3 * error:
                moved.append(f"{column} from {before:.1%} to {now:.1%}")
        return {"success": not moved, "result": {"observed_value": ", ".join(moved) or "none"}}


class ExpectDeliveryNotToBeSuperseded(BatchExpectation):
    """Expect the delivery not to have been accepted before another one was."""

    accepted_before: str | None = None
    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = ("accepted_before",)

    def _validate(self, *_: Any, **__: Any) -> dict[str, Any]:
        observed = "new" if self.accepted_before is None else f"accepted {self.accepted_before}"
        return {"success": self.accepted_before is None, "result": {"observed_value": observed}}
