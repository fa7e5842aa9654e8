"""The summary of a tuning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Run
from tasks.reporting.summary import Summary, list_stages, path_in
from tasks.trials.results import Trial, choose_best
from tasks.tune import PAGE


class TuningSummary(Summary):
    """The summary of a tuning.

    Attributes:
        trials: number of trials.
        pruned: number of trials that were stopped early.
        diverged: number of trials whose loss was no longer finite.
        best: number of the best trial, from 1; None if nothing was trained.
        validation_mae: its validation MAE.
        preset_validation_mae: that of the first trial, with the settings of the preset.
        settings: the searched settings of the best trial, by `stage.field`.
        preset: path of the preset file.
        report: path of the page.
        data_quality_report: path of the data quality report.
    """

    flow = "tuning"
    trials: int = 0
    pruned: int = 0
    diverged: int = 0
    best: int | None = None
    validation_mae: float | None = None
    preset_validation_mae: float | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    preset: str | None = None
    report: str | None = None
    data_quality_report: str | None = None

    @property
    def figures(self) -> list[str]:
        """The settings of the best trial."""
        return [f"  {name:<29}{value}" for name, value in self.settings.items()]

    @property
    def places(self) -> dict[str, str | None]:
        """The preset file, the page and the data quality report."""
        return {
            "preset": self.preset,
            "report": self.report,
            "data quality": self.data_quality_report,
        }


def summarize_tuning(
    run: Run, trials: Sequence[Trial], reason: str, preset: str | None = None
) -> TuningSummary:
    """Sum up a tuning.

    Args:
        run: the run.
        trials: none if the data were rejected.
        reason: why, or which trial is the best.
        preset: path of the preset file.
    """
    best, states = choose_best(trials), [trial.state for trial in trials]
    return TuningSummary(
        verdict=Verdict.TUNED if trials else Verdict.DATA_REJECTED,
        reason=reason,
        stages=list_stages(run),
        trials=len(trials),
        pruned=states.count("pruned"),
        diverged=states.count("diverged"),
        best=best.number if best else None,
        validation_mae=best.validation_mae if best else None,
        preset_validation_mae=trials[0].validation_mae if trials else None,
        settings=best.values if best else {},
        preset=preset,
        report=path_in(run, "tune", PAGE),
        data_quality_report=path_in(run, "validate", "data_quality.html"),
    )
