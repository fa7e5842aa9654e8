"""Predicted points are whole, as points are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def round_points(estimated: NDArray[Any]) -> NDArray[Any]:
    """Round what a model estimates to whole points.

    The absolute error expected of a value between two whole points lies between the errors
    expected of these two, so the best whole point is never worse.

    Args:
        estimated: points with decimals, of any shape.
    """
    whole: NDArray[Any] = np.rint(estimated)
    return whole
