"""Guesses the scale of a target from its values: a person has to confirm it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_contracts.dataset import STEP_TOLERANCE

SCALES = ((0, 1), (1, 5), (0, 5), (1, 10), (0, 10), (0, 20), (0, 100))
"""Usual scales of scores, the shortest first."""
USED_MIN = 0.5
"""A usual scale is taken if the values span this share of it."""
STEPS = (1.0, 0.5, 0.25, 0.1, 0.01)
LEVELS_MAX = 101
"""Most values of a scale with a step."""


class Scale(NamedTuple):
    """Lowest and highest possible value, and the distance of two neighbouring values if any."""

    minimum: float
    maximum: float
    step: float | None


def guess_scale(values: NDArray[np.float64]) -> Scale:
    """Guess the scale of a target from its values, (rows,), at least one."""
    low, high = float(values.min()), float(values.max())
    for minimum, maximum in SCALES:
        inside = minimum <= low and high <= maximum
        if inside and high - low >= USED_MIN * (maximum - minimum):
            low, high = float(minimum), float(maximum)
            break
    step = _guess_step(values, high - low)
    return Scale(low, high, step) if step else Scale(*_round_outward(low, high), None)


def _round_outward(low: float, high: float) -> tuple[float, float]:
    """Round the ends of a scale without a step, so that the next file may have values beyond."""
    if low.is_integer() and high.is_integer():
        return low, high
    digits = 1 - math.floor(math.log10(high - low))
    unit = 10.0**-digits
    ends = (
        math.floor(low / unit + STEP_TOLERANCE) * unit,
        math.ceil(high / unit - STEP_TOLERANCE) * unit,
    )
    return round(ends[0], max(digits, 0)), round(ends[1], max(digits, 0))


def _guess_step(values: NDArray[np.float64], length: float) -> float | None:
    for step in STEPS:
        steps = values / step
        if length / step < LEVELS_MAX and np.allclose(
            steps, np.rint(steps), rtol=0, atol=STEP_TOLERANCE
        ):
            return step
    return None
