"""Prediction intervals: split-conformal, of one half width for all reviews.

Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, "Distribution-free predictive inference for
regression", Journal of the American Statistical Association 113, section 2.2, algorithm 2.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tasks.storage.artifacts import Frozen

INTERVALS = "intervals.json"


def name_level(level: float) -> str:
    """Name a level in percent, as in `lower_95`."""
    return f"{100 * level:g}"


class Intervals(Frozen):
    """How far from a prediction the points may lie.

    Attributes:
        rows: reviews that it was measured on.
        half_widths_points: by level in percent, such as `80`, the distance in points; None where
            the rows are too few to give any.
    """

    rows: int
    half_widths_points: dict[str, float | None]

    def contain(self, errors: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
        """Mark the predictions whose interval holds the actual points, by level.

        Args:
            errors: predicted - actual in points, (rows,).
        """
        return {level: np.abs(errors) <= width for level, width in self._widths()}

    def bounds(
        self, predicted: NDArray[np.float64], scale: tuple[float, float]
    ) -> dict[str, NDArray[np.float64]]:
        """Name the ends of each prediction's intervals, none of them off the scale.

        Points lie on the scale, so that cutting there takes no coverage away. A level without a
        half width spans the whole scale, the only interval that then keeps its promise.

        Args:
            predicted: points, (rows,).
            scale: lowest and highest points there are.

        Returns:
            `lower_80`, `upper_80` and so on, each (rows,).
        """
        ends = {}
        for level, width in self._widths():
            ends[f"lower_{level}"] = np.clip(predicted - width, *scale)
            ends[f"upper_{level}"] = np.clip(predicted + width, *scale)
        return ends

    def _widths(self) -> list[tuple[str, float]]:
        return [(n, math.inf if w is None else w) for n, w in self.half_widths_points.items()]


def calibrate(errors: NDArray[np.float64], levels: tuple[float, ...]) -> Intervals:
    """Measure intervals on reviews that did not train.

    For a new review that comes from the same source as these, the chance that its points lie within
    is at least the level, and exceeds it by at most 1 / (rows + 1) where no two errors are equal
    (theorem 2).

    Args:
        errors: predicted - actual in points, (rows,).
        levels: chances, each above 0 and below 1.
    """
    distances = np.sort(np.abs(errors))
    widths: dict[str, float | None] = {}
    for level in levels:
        # Decimal levels are no binary fractions: 0.95 * 20 must not become the 20th of 19.
        rank = math.ceil(round((len(distances) + 1) * level, 9))
        widths[name_level(level)] = float(distances[rank - 1]) if rank <= len(distances) else None
    return Intervals(rows=len(distances), half_widths_points=widths)
