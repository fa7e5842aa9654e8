"""Guesses the scale of a target from its values: a person has to confirm it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_contracts.dataset import BINS_MAX, STEP_TOLERANCE

SCALES = ((0, 1), (1, 5), (0, 5), (1, 10), (0, 10), (0, 20), (0, 100))
"""Usual scales of scores, the shortest first."""
USED_MIN = 0.5
"""A usual scale is taken if the values span this share of it."""
STEPS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)
LONG_STEPS = (1000.0, 100.0, 10.0)
"""Steps of a scale that is longer than BINS_MAX."""
WHOLE_LENGTH_MAX = 1_000
"""Whole numbers are the ends of a scale of this length at most; longer ones are rounded."""
USED_STEPS_MIN = 0.1
"""Of a scale with more than BINS_MAX steps, the values must use this share: then they are many, and
no chance makes all of them multiples of a step."""


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
    if step and not _has_many_steps(step, high - low):
        return Scale(low, high, step)
    return Scale(*_round_outward(low, high), step)


def _round_outward(low: float, high: float) -> tuple[float, float]:
    """Round the ends of a scale with many values, so that the next file may have values beyond."""
    if low.is_integer() and high.is_integer() and high - low <= WHOLE_LENGTH_MAX:
        return low, high
    digits = 1 - math.floor(math.log10(high - low))
    unit = 10.0**-digits
    ends = (
        math.floor(low / unit + STEP_TOLERANCE) * unit,
        math.ceil(high / unit - STEP_TOLERANCE) * unit,
    )
    return round(ends[0], max(digits, 0)), round(ends[1], max(digits, 0))


def _guess_step(values: NDArray[np.float64], length: float) -> float | None:
    for step in (*(LONG_STEPS if length > BINS_MAX else ()), *STEPS):
        steps = values / step
        if step > length + STEP_TOLERANCE:
            continue
        if np.allclose(steps, np.rint(steps), rtol=0, atol=STEP_TOLERANCE):
            used = len(np.unique(np.rint(steps)))
            is_clear = not _has_many_steps(step, length) or used >= USED_STEPS_MIN * length / step
            return step if is_clear else None
    return None


def _has_many_steps(step: float, length: float) -> bool:
    return length / step > BINS_MAX + STEP_TOLERANCE
