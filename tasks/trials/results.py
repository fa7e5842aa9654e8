"""The results of the trials of a tuning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import FiniteFloat

from tasks.modelling.early_stopping import Course
from tasks.storage.artifacts import Frozen

TrialState = Literal["complete", "pruned", "diverged"]
"""`pruned`: stopped early, as it fell behind; `diverged`: its loss was no longer finite."""


class Trial(Frozen):
    """A trial and its result.

    Attributes:
        number: from 1, which has the settings of the preset.
        values: of the searched settings, by `stage.field`.
        planned_epochs: number of epochs to train.
        state: how its training ended.
        maes: the validation MAE of each epoch; empty for a model type without epochs.
        validation_mae: the least of them; None if it diverged.
        seconds: how long its training took.
        repeats: number of an earlier trial with the same settings, whose result this is.
    """

    number: int
    values: dict[str, Any]
    planned_epochs: int
    state: TrialState
    maes: tuple[FiniteFloat, ...]
    validation_mae: FiniteFloat | None
    seconds: float
    repeats: int | None = None


def choose_best(trials: Iterable[Trial]) -> Trial | None:
    """Return the trial with the lowest validation MAE among the complete ones, or None.

    Of equal ones, the first. A pruned trial is behind the median of others, and never the best.
    """
    complete = [(t.validation_mae, t.number, t) for t in trials if t.state == "complete"]
    ranked = [(mae, number, trial) for mae, number, trial in complete if mae is not None]
    return min(ranked, default=(0.0, 0, None), key=lambda ranks: ranks[:2])[2]


def list_courses(trials: Iterable[Trial]) -> list[Course]:
    """Return the courses of the trials that limit later ones: complete, and no repetition."""
    chosen = [t for t in trials if t.state == "complete" and t.repeats is None and t.maes]
    return [Course(trial.maes, trial.planned_epochs) for trial in chosen]
