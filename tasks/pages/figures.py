"""The run report's pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axis import Axis
from numpy.typing import NDArray

from data_contracts.dataset import Target
from tasks.pages.drawing import ACCENT, QUIET, start_drawing, whole_numbers
from tasks.pages.wording import write_change


def draw_epochs(history: Sequence[dict[str, float]], best_epoch: int, target: Target) -> str:
    """Draw the validation MAE and the training loss by epoch, each on its own scale.

    Args:
        history: `loss` and `validation_mae` of each epoch.
        best_epoch: the epoch whose weights were kept, from 1.
        target: its scale and unit.
    """
    epochs = range(1, len(history) + 1)
    loss = [epoch["loss"] for epoch in history]
    validation = [epoch["validation_mae"] for epoch in history]
    best = validation[best_epoch - 1]
    count = f"{len(history)} epoch{'s' if len(history) > 1 else ''}"
    description = (
        f"Training over {count}. The training loss goes from {loss[0]:.2f} to"
        f" {loss[-1]:.2f}; the validation MAE is lowest, {target.format_error(best)}, in epoch"
        f" {best_epoch}."
    )
    with start_drawing("epochs", description) as drawing:
        axes = drawing.axes
        losses = axes.twinx()
        losses.plot(epochs, loss, color=QUIET, marker="o", markersize=3)
        losses.set_ylabel("training loss", color=QUIET)
        axes.plot(epochs, validation, color=ACCENT, marker="o", markersize=3)
        axes.plot(best_epoch, best, "o", color=ACCENT, markersize=9, fillstyle="none")
        axes.axvline(best_epoch, color=ACCENT, linewidth=0.8, linestyle=":")
        axes.set_xlabel("epoch")
        axes.set_ylabel(target.label("validation MAE"), color=ACCENT)
        axes.margins(y=0.12)
        axes.xaxis.set_major_locator(whole_numbers())
    return drawing.svg


def draw_learning_curve(curve: Sequence[dict[str, float]], target: Target) -> str:
    """Draw the validation MAE of the model and of ridge by the number of training reviews.

    Args:
        curve: for each part of the training set, the smallest first, its `rows`, and the MAE of
            the model (`network`) and of `ridge`.
        target: its scale and unit.
    """
    rows = [point["rows"] for point in curve]
    network, ridge = (
        write_change(curve[0][name], curve[-1][name], target) for name in ("network", "ridge")
    )
    description = (
        f"Learning curve from {rows[0]:,} to {rows[-1]:,} training reviews. The validation MAE of"
        f" the model goes {network}, that of ridge {ridge}."
    )
    with start_drawing("curve", description) as drawing:
        axes = drawing.axes
        axes.plot(rows, [p["ridge"] for p in curve], color=QUIET, marker="s", label="ridge")
        axes.plot(rows, [p["network"] for p in curve], color=ACCENT, marker="o", label="model")
        axes.set(xlabel="training reviews", ylabel=target.label("validation MAE"), xlim=(0, None))
        axes.margins(y=0.12)
        axes.legend(loc="upper right")
    return drawing.svg


def draw_predictions(
    actual: NDArray[np.float64], predicted: NDArray[np.float64], target: Target
) -> str:
    """Draw the distribution of the predictions for each actual value, as boxes.

    Args:
        actual: (rows,).
        predicted: (rows,).
        target: its scale, step and unit.
    """
    levels, groups = _group_by_level(actual, predicted, target)
    low, first, median, third, high = np.transpose(
        [np.percentile(group, [5, 25, 50, 75, 95]) for group in groups]
    )
    description = (
        f"Predicted against actual {target.name}. The middle prediction is"
        f" {target.format_error(median[0])} where it is {target.format(levels[0])} and"
        f" {target.format_error(median[-1])} where it is {target.format(levels[-1])}."
    )
    with start_drawing("predictions", description) as drawing:
        axes = drawing.axes
        width = target.bin
        ends = (levels[0] - 0.7 * width, levels[-1] + 0.7 * width)
        axes.plot(ends, ends, color=QUIET, linewidth=1, linestyle="--", label="exact")
        # Not by Axes.bxp, which imports pyplot.
        axes.vlines(levels, low, high, color=ACCENT, linewidth=1)
        axes.bar(levels, third - first, 0.6 * width, first, color=ACCENT, alpha=0.35)
        axes.hlines(median, levels - 0.3 * width, levels + 0.3 * width, color=ACCENT, linewidth=1.8)
        axes.set(xlabel=f"actual {target.title}", ylabel=f"predicted {target.title}", xlim=ends)
        _mark_whole_numbers(target, axes.xaxis, axes.yaxis)
        axes.legend(loc="upper left")
    return drawing.svg


def draw_errors(actual: NDArray[np.float64], errors: NDArray[np.float64], target: Target) -> str:
    """Draw mean and standard deviation of the error for each actual value.

    Args:
        actual: (rows,).
        errors: predicted - actual, (rows,).
        target: its scale, step and unit.
    """
    levels, groups = _group_by_level(actual, errors, target)
    means, spreads = (np.array([f(group) for group in groups]) for f in (np.mean, np.std))
    description = (
        f"Error by actual {target.name}. The mean error goes from"
        f" {target.format_error(means[0], '+')} where it is {target.format(levels[0])} to"
        f" {target.format_error(means[-1], '+')} where it is {target.format(levels[-1])}."
    )
    with start_drawing("errors", description) as drawing:
        axes = drawing.axes
        axes.axhline(0, color=QUIET, linewidth=1, linestyle="--")
        axes.fill_between(
            levels, means - spreads, means + spreads, color=ACCENT, alpha=0.2, linewidth=0
        )
        axes.plot(levels, means, color=ACCENT, marker="o", markersize=4)
        axes.set(xlabel=f"actual {target.title}", ylabel=target.label("predicted − actual"))
        _mark_whole_numbers(target, axes.xaxis)
    return drawing.svg


def draw_scores(scores: dict[str, tuple[float, float | None]], target: Target) -> str:
    """Draw the test MAE of each model as bars, the first model in the accent colour.

    Args:
        scores: the MAE on all test rows and on the unseen ones by model; None if there are no
            unseen rows.
        target: its unit.
    """
    shown = {model: target.format_error(every) for model, (every, _) in scores.items()}
    described = "; ".join(f"{model} {mae}" for model, mae in shown.items())
    longest = max(every for every, _ in scores.values()) or 1.0
    with start_drawing("scores", f"{target.label('MAE on the test set')}: {described}.") as drawing:
        axes = drawing.axes
        for place, (model, both) in enumerate(scores.items()):
            colour = QUIET if place else ACCENT
            for offset, mae, alpha in ((0, both[0], 0.9), (0.3, both[1], 0.45)):
                if mae is not None:
                    axes.barh(place + offset, mae, 0.27, color=colour, alpha=alpha)
                    end = mae + longest * 0.02
                    axes.text(end, place + offset, target.format_error(mae), va="center")
            # Above the bars: beside names the bars would be too short on a phone.
            axes.text(0, place - 0.2, model, va="bottom")
        axes.set(xlabel=target.label("MAE"), xlim=(0, longest * 1.18), yticks=[])
        axes.set_ylim(len(scores) - 0.45, -0.55)
        axes.grid(visible=False)
    return drawing.svg


def _group_by_level(
    actual: NDArray[np.float64], values: NDArray[np.float64], target: Target
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """Group values by the actual target, in bins of the target; return the bins' middles too."""
    bins = np.rint(actual / target.bin)
    levels = np.unique(bins)
    return levels * target.bin, [values[bins == level] for level in levels]


def _mark_whole_numbers(target: Target, *axes: Axis) -> None:
    if target.step == 1:
        for axis in axes:
            axis.set_major_locator(whole_numbers())
