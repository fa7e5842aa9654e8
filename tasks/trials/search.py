"""The search of a tuning: which trial comes next, and what the trials found."""

from __future__ import annotations

from typing import Any, NamedTuple

from tasks.configuration.parameters import TrainingParameters
from tasks.configuration.presets import Overrides
from tasks.configuration.settings import Settings
from tasks.modelling.early_stopping import make_limits
from tasks.trials.results import Trial, list_courses
from tasks.trials.search_space import apply_places, choose_dimensions, find_places, nest
from tasks.trials.study import Study


class PlannedTrial(NamedTuple):
    """A trial to run. It depends on nothing else, so that it could run on any machine.

    Attributes:
        number: from 1.
        values: of the searched settings, by `stage.field`.
        settings: all settings of the trial.
        limits: see tasks/modelling/early_stopping.py.
        repeats: an earlier trial with the same settings, whose result is taken; None: train.
    """

    number: int
    values: dict[str, Any]
    settings: Settings
    limits: list[float | None]
    repeats: Trial | None

    @property
    def training(self) -> TrainingParameters:
        """How to train."""
        return self.settings.training


class Search:
    """Plans one trial after the other, each by the results of those before.

    Attributes:
        dimensions: the settings that are searched.
        trials: the results so far.
    """

    def __init__(self, settings: Settings, fixed: Overrides, seed: int) -> None:
        """Start a search.

        Args:
            settings: of the first trial.
            fixed: settings by stage that a person set, which are not searched.
            seed: of the sampler.

        Raises:
            UsageError: there is nothing to search, or Optuna is not installed.
        """
        self._settings = settings
        self.dimensions = choose_dimensions(settings, fixed)
        self.trials: list[Trial] = []
        self._study = Study(self.dimensions, find_places(settings, self.dimensions), seed)

    def plan(self) -> PlannedTrial:
        """Choose the settings and the limits of the next trial."""
        values = apply_places(self._settings, self.dimensions, self._study.ask())
        settings = self._settings.laid_over(nest(values))
        repeats = next((t for t in self.trials if t.values == values and t.repeats is None), None)
        limits = make_limits(list_courses(self.trials), settings.training.epochs)
        return PlannedTrial(len(self.trials) + 1, values, settings, limits, repeats)

    def note(self, planned: PlannedTrial, result: dict[str, Any], seconds: float) -> Trial:
        """Take the result of a planned trial.

        Args:
            planned: from `plan`.
            result: `state`, `maes` and `validation_mae` of the training.
            seconds: how long it took.
        """
        known = {name: result[name] for name in ("state", "maes", "validation_mae")}
        trial = Trial(
            number=planned.number,
            values=planned.values,
            planned_epochs=planned.training.epochs,
            seconds=seconds,
            repeats=planned.repeats.number if planned.repeats else None,
            **known,
        )
        self._study.tell(trial)
        self.trials.append(trial)
        return trial
