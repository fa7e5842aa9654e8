"""Rounding of predicted points."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

Points = TypeVar("Points", bound=Any)


def round_points(estimated: Points) -> Points:
    """Round estimated points to whole points, as in the reviews.

    Actual points are whole, so that the expected absolute error is linear between two whole points:
    one of the two is at least as good as any value between them.

    Args:
        estimated: an array or a series.
    """
    whole: Points = np.rint(estimated)
    return whole
