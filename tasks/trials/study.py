"""Chooses the settings of the next trial by Optuna's sampler, from the results so far.

The study is in the memory of the process alone. A tuning that is started again asks the same
questions, since the sampler is seeded and gets the same answers: the finished trials are in the
store.
"""

from __future__ import annotations

from tasks.configuration.errors import UsageError
from tasks.trials.results import Trial
from tasks.trials.search_space import Dimension

STARTUP_TRIALS = 5
"""Random trials before the sampler learns from their results."""


class Study:
    """Asks for settings, and is told results, in the order of the trials."""

    def __init__(self, dimensions: list[Dimension], first: dict[str, int], seed: int) -> None:
        """Start a study.

        Args:
            dimensions: the settings to search.
            first: the places of the values of the first trial.
            seed: of the sampler.

        Raises:
            UsageError: there is nothing to search, or Optuna is not installed.
        """
        if not dimensions:
            raise UsageError(
                "there is nothing to tune: options set each setting of the search; leave one out"
            )
        try:
            import optuna
        except ImportError as error:
            raise UsageError(
                f"tuning needs a package that is missing ({error.name}): install the extra `tune`"
                " (python -m pip install -e '.[tune]')"
            ) from error
        # Each trial has a line of our own in the log.
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._states = optuna.trial.TrialState
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP_TRIALS)
        self._study = optuna.create_study(direction="minimize", sampler=sampler)
        number = optuna.distributions.IntDistribution
        self._space: dict[str, optuna.distributions.BaseDistribution] = {
            d.name: number(0, len(d.values) - 1) for d in dimensions
        }
        self._study.enqueue_trial(first)
        self._asked: optuna.Trial | None = None

    def ask(self) -> dict[str, int]:
        """Return the place of each setting's value in the next trial."""
        self._asked = self._study.ask(self._space)
        return self._asked.params

    def tell(self, trial: Trial) -> None:
        """Take the result of the trial that was asked for."""
        asked = self._asked
        if asked is None:
            raise ValueError("no trial was asked for")
        for epoch, mae in enumerate(trial.maes, start=1):
            asked.report(mae, epoch)
        if trial.state == "complete":
            self._study.tell(asked, trial.validation_mae)
        else:
            pruned = trial.state == "pruned"
            self._study.tell(asked, state=self._states.PRUNED if pruned else self._states.FAIL)
