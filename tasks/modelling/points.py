"""Predicted points are whole, as points are."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

Points = TypeVar("Points", bound=Any)


def round_points(estimated: Points) -> Points:
    """Round what a model estimates to whole points.

    The absolute error expected of a value between two whole points lies between the errors
    expected of these two, so the best whole point is never worse.

    Args:
        estimated: points with decimals, an array or a series.
    """
    whole: Points = np.rint(estimated)
    return whole
