"""Split-conformal prediction intervals, with the same half width for all reviews.

Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, "Distribution-free predictive inference for
regression", Journal of the American Statistical Association 113, section 2.2, algorithm 2.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import AliasChoices, Field

from tasks.storage.artifacts import Frozen

INTERVALS = "intervals.json"


def name_level(level: float) -> str:
    """Return a level in percent, such as `95` in `lower_95`."""
    return f"{100 * level:g}"


class Intervals(Frozen):
    """The half widths of the prediction intervals.

    Attributes:
        rows: number of reviews that they were measured on.
        half_widths: half width, in units of the target, by level in percent, such as `80`; None
            if there are too few rows for the level.
    """

    rows: int
    half_widths: dict[str, float | None] = Field(
        # Champions of earlier versions have the second name.
        validation_alias=AliasChoices("half_widths", "half_widths_points")
    )

    def contain(self, errors: NDArray[np.float64]) -> dict[str, NDArray[np.bool_]]:
        """Mark the predictions whose interval contains the actual value, by level.

        Args:
            errors: predicted - actual, (rows,).
        """
        return {level: np.abs(errors) <= width for level, width in self._widths()}

    def bounds(
        self, predicted: NDArray[np.float64], scale: tuple[float, float]
    ) -> dict[str, NDArray[np.float64]]:
        """Return the bounds of the intervals, clipped to the scale.

        Clipping does not reduce the coverage, because all actual values are on the scale. If a
        level has no half width, its interval is the whole scale.

        Args:
            predicted: estimates, (rows,).
            scale: lowest and highest possible target.

        Returns:
            `lower_80`, `upper_80` and so on, each (rows,).
        """
        ends = {}
        for level, width in self._widths():
            ends[f"lower_{level}"] = np.clip(predicted - width, *scale)
            ends[f"upper_{level}"] = np.clip(predicted + width, *scale)
        return ends

    def _widths(self) -> list[tuple[str, float]]:
        return [(n, math.inf if w is None else w) for n, w in self.half_widths.items()]


def calibrate(errors: NDArray[np.float64], levels: tuple[float, ...]) -> Intervals:
    """Measure the half widths on reviews that the model was not trained on.

    The coverage on new reviews from the same distribution is at least the level, and, if all errors
    are distinct, at most the level + 1 / (rows + 1) (theorem 2).

    Args:
        errors: predicted - actual, (rows,).
        levels: between 0 and 1, exclusive.
    """
    distances = np.sort(np.abs(errors))
    widths: dict[str, float | None] = {}
    for level in levels:
        # Rounded, because 0.95 is not exact in binary: 0.95 * 20 must not give the rank 20.
        rank = math.ceil(round((len(distances) + 1) * level, 9))
        widths[name_level(level)] = float(distances[rank - 1]) if rank <= len(distances) else None
    return Intervals(rows=len(distances), half_widths=widths)
