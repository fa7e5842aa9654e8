"""The pictures of a tuning: the best MAE by trial, and the MAE by the value of a setting."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from data_contracts.dataset import Target
from tasks.pages.drawing import ACCENT, INK, QUIET, start_drawing, whole_numbers
from tasks.pages.wording import show_setting
from tasks.trials.results import Trial, choose_best
from tasks.trials.search_space import Dimension

PICTURES_MAX = 6
"""Most settings with a picture of their own."""
TRIALS_MIN = 3
"""Fewest complete trials for these pictures."""


def draw_trials(trials: Sequence[Trial], target: Target) -> str:
    """Draw the validation MAE of each trial, and the best so far.

    Args:
        trials: in order; at least one is complete.
        target: its scale.
    """
    complete = [t for t in trials if t.state == "complete" and t.validation_mae is not None]
    maes = [float(t.validation_mae or 0) for t in complete]
    best = choose_best(trials)
    number = best.number if best else 0
    description = (
        f"Validation MAE of {len(trials)} trial{'s' if len(trials) > 1 else ''}. The first has"
        f" {target.format_error(maes[0])}; the lowest is {target.format_error(min(maes))}, of trial"
        f" {number}."
    )
    with start_drawing("trials", description) as drawing:
        axes = drawing.axes
        numbers = [trial.number for trial in complete]
        ends = [*numbers, len(trials) + 0.5]
        least = [*itertools.accumulate(maes, min)]
        axes.step(ends, [*least, least[-1]], where="post", color=INK, label="best so far")
        axes.plot(numbers, maes, "o", color=ACCENT, label="complete")
        _draw_pruned(axes, [float(t.number) for t in trials], trials)
        axes.set(xlabel="trial", ylabel=target.label("validation MAE"))
        axes.set_xlim(0.5, len(trials) + 0.5)
        axes.margins(y=0.12)
        axes.xaxis.set_major_locator(whole_numbers())
        axes.legend(loc="upper right")
    return drawing.svg


def _draw_pruned(axes: Axes, places: Sequence[float], trials: Sequence[Trial]) -> None:
    """Draw the best MAE of the trials that were stopped early, as hollow marks."""
    marks = [
        (place, trial.validation_mae)
        for place, trial in zip(places, trials, strict=True)
        if trial.state == "pruned"
    ]
    if marks:
        x, y = zip(*marks, strict=True)
        axes.plot(x, y, "o", color=QUIET, fillstyle="none", label="pruned")


def rank_dimensions(trials: Sequence[Trial], dimensions: Sequence[Dimension]) -> list[Dimension]:
    """Return the settings whose values explain most of the MAE, the most important first.

    By the share of the variance of the MAE that lies between the values of a setting (the
    correlation ratio) among complete trials. Settings with one value are left out.
    """
    complete = [t for t in trials if t.state == "complete" and t.validation_mae is not None]
    if len(complete) < TRIALS_MIN:
        return []
    maes = np.array([t.validation_mae for t in complete], np.float64)
    shares = dict[str, float]()
    for dimension in dimensions:
        values = [t.values[dimension.name] for t in complete]
        groups = [maes[[v == value for v in values]] for value in dimension.values]
        known = [group for group in groups if len(group)]
        # As many degrees of freedom as there are groups: a value of its own for each trial would
        # explain everything.
        within = sum(((group - group.mean()) ** 2).sum() for group in known)
        free = len(maes) - len(known)
        if len(known) > 1 and free > 0 and maes.std() > 0:
            shares[dimension.name] = 1 - (within / free) / (maes.var(ddof=1))
    ranked = [d for d in dimensions if d.name in shares]
    return sorted(ranked, key=lambda d: -shares[d.name])[:PICTURES_MAX]


def draw_setting(trials: Sequence[Trial], dimension: Dimension, target: Target) -> str:
    """Draw the validation MAE of each trial by the value of a setting."""
    tried = [t for t in trials if t.state != "diverged" and t.validation_mae is not None]
    values = [v for v in dimension.values if v in {t.values[dimension.name] for t in tried}]
    places = [float(values.index(trial.values[dimension.name])) for trial in tried]
    description = f"Validation MAE by {dimension.name}, which has {len(values)} values here."
    with start_drawing(dimension.name.replace(".", "-"), description) as drawing:
        axes = drawing.axes
        complete = [
            (place, trial.validation_mae)
            for place, trial in zip(places, tried, strict=True)
            if trial.state == "complete"
        ]
        axes.plot(*zip(*complete, strict=True), "o", color=ACCENT, alpha=0.8)
        _draw_pruned(axes, places, tried)
        axes.set(xlabel=dimension.name, ylabel=target.label("validation MAE"))
        axes.set_xlim(-0.5, len(values) - 0.5)
        axes.margins(y=0.12)
        axes.xaxis.set_major_locator(FixedLocator(range(len(values))))
        axes.set_xticks(range(len(values)), [show_setting(value) for value in values])
    return drawing.svg
