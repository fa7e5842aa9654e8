"""Rounding of estimates to possible values of the target."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

from data_contracts.dataset import Target

Numbers = TypeVar("Numbers", bound=Any)


def round_to_step(estimated: Numbers, target: Target) -> Numbers:
    """Round estimates to the nearest multiples of the target's step; without a step, keep them.

    If all actual values are multiples of the step, the expected absolute error is linear between
    two of them: one of the two is at least as good as any value between them.

    Args:
        estimated: an array or a series, in units of the target.
        target: its step.
    """
    if target.step is None:
        return estimated
    # Twice rounded: 3 * 0.1 is not 0.3.
    rounded: Numbers = np.round(np.rint(estimated / target.step) * target.step, 9)
    return rounded
