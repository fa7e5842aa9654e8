"""Stops the training of a trial that falls behind the other trials of a tuning.

The median stopping rule (Golovin et al. 2017, Google Vizier, section 3.2.2): a training stops after
an epoch if its best validation MAE so far is above the median of what the earlier trials had
reached by then. The limits are numbers that enter the cache key, so that a trial depends on nothing
but its own arguments: it may be resumed, or run anywhere.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

Limits = Sequence[float | None]
"""Largest validation MAE after each epoch, the first one first; None: no limit."""

TRIALS_MIN = 4
"""Fewest trials whose median stops another one."""


class Course(NamedTuple):
    """The course of a training that was not stopped.

    Attributes:
        maes: the validation MAE of each epoch.
        epochs: the number of epochs that were planned; early stopping may have ended it sooner.
    """

    maes: tuple[float, ...]
    epochs: int


def is_behind(history: Sequence[dict[str, float]], limits: Limits) -> bool:
    """Return whether a training is above the limit of its last epoch.

    Args:
        history: `validation_mae` of each finished epoch.
        limits: see `Limits`.
    """
    if not 0 < len(history) <= len(limits):
        return False
    limit = limits[len(history) - 1]
    return limit is not None and min(epoch["validation_mae"] for epoch in history) > limit


def make_limits(courses: Sequence[Course], epochs: int) -> list[float | None]:
    """Make the limits of a training from the courses of earlier ones.

    Trainings with another number of epochs are compared at the same part of their learning rate
    schedule: after 2 of 4 epochs with what others had reached after 3 of 6. In the first third of
    the epochs, where the learning rate is high and the MAE tells little, there is no limit.

    Args:
        courses: of the earlier trainings that were not stopped.
        epochs: number of epochs of the training. There is no limit after the last one.

    Returns:
        The limits; empty without any.
    """
    limits: list[float | None] = []
    for epoch in range(1, epochs):
        reached = [_best_until(course, epoch * course.epochs // epochs) for course in courses]
        known = [mae for mae in reached if mae is not None and 3 * epoch >= epochs]
        limits.append(statistics.median(known) if len(known) >= TRIALS_MIN else None)
    return limits if any(limit is not None for limit in limits) else []


def _best_until(course: Course, epoch: int) -> float | None:
    return min(course.maes[:epoch], default=None)
