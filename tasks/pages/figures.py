"""The report's pictures, drawn by matplotlib as SVG that takes its colours from the page.

Each picture is a string to be put into HTML as it is. The same numbers give the same bytes, and
nothing of matplotlib's global state is read or left changed.
"""

from __future__ import annotations

import contextlib
import html
import io
import re
from collections.abc import Iterator, Sequence

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

# Stand-ins: no style sheet can reach matplotlib's colours, so each is replaced after drawing.
INK, QUIET, LINE, ACCENT = "#010203", "#010204", "#010205", "#010206"
COLOURS = {
    INK: "currentColor",
    QUIET: "var(--quiet, #655d60)",
    LINE: "var(--line, #ddd6d8)",
    ACCENT: "var(--accent, #86204a)",
}

WIDTH_INCHES, HEIGHT_INCHES = 4.8, 3.3
"""Narrow enough that the text stays legible on a phone; on a laptop two stand side by side."""

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "wine-points",
    "font.size": 11,
    "font.sans-serif": ["DejaVu Sans"],  # only measures; the page's own font is shown
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
}


class _Drawing:
    """What a picture is drawn on, and afterwards its SVG."""

    def __init__(self, height_inches: float) -> None:
        self.figure = Figure((WIDTH_INCHES, height_inches), layout="constrained")
        self.axes: Axes = self.figure.subplots()
        self.svg = ""


@contextlib.contextmanager
def _drawing(name: str, description: str, height: float = HEIGHT_INCHES) -> Iterator[_Drawing]:
    """Draw in this project's style, whatever the machine's matplotlibrc says.

    Args:
        name: prefix of the picture's ids, so that two pictures on a page do not share any.
        description: the picture in words, for those who do not see it.
        height: in inches.
    """
    with matplotlib.style.context(["default", STYLE]):
        drawing = _Drawing(height)
        yield drawing
        file = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        drawing.figure.savefig(file, format="svg", transparent=True, metadata=nothing)
    drawing.svg = _adapt_svg(file.getvalue(), name, html.escape(description))


def _adapt_svg(svg: str, name: str, description: str) -> str:
    """Make a saved file fit to stand in a page: its size, colours and ids."""
    box = re.search(r'viewBox="([^"]+)"', svg)
    if box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    body = svg[svg.index(">", box.end()) + 1 :]
    # Its style sheet would reach out of the picture into the page.
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = re.sub(r"url\(#", f"url(#{name}-", body)
    body = re.sub(r'xlink:href="#', f'href="#{name}-', body)
    for stand_in, colour in COLOURS.items():
        body = body.replace(stand_in, colour)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" role="img"'
        f' aria-label="{description}" stroke-linejoin="round">\n<title>{description}</title>{body}'
    ).rstrip()


def _whole_numbers() -> MaxNLocator:
    return MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])


def draw_learning_curves(history: Sequence[dict[str, float]], best_epoch: int) -> str:
    """Draw training loss and validation MAE by epoch, in points, the best epoch marked.

    Args:
        history: of each epoch `loss` and `validation_mae`.
        best_epoch: the epoch whose weights were kept, counted from 1.
    """
    epochs = range(1, len(history) + 1)
    loss = [epoch["loss"] for epoch in history]
    validation = [epoch["validation_mae"] for epoch in history]
    best = validation[best_epoch - 1]
    count = f"{len(history)} epoch{'s' if len(history) > 1 else ''}"
    description = (
        f"Learning curves over {count}. The training loss goes from {loss[0]:.2f} to"
        f" {loss[-1]:.2f} points; the validation MAE is lowest, {best:.3f} points, in epoch"
        f" {best_epoch}."
    )
    with _drawing("learning", description) as drawing:
        axes = drawing.axes
        axes.plot(epochs, loss, color=QUIET, marker="o", markersize=3, label="training loss")
        axes.plot(epochs, validation, color=ACCENT, marker="o", markersize=3, label="validation")
        axes.plot(best_epoch, best, "o", color=ACCENT, markersize=9, fillstyle="none")
        axes.axvline(best_epoch, color=ACCENT, linewidth=0.8, linestyle=":")
        axes.set(xlabel="epoch", ylabel="MAE (points)")
        axes.margins(y=0.12)
        axes.xaxis.set_major_locator(_whole_numbers())
        axes.legend()
    return drawing.svg


def draw_predictions(points: NDArray[np.int64], predicted: NDArray[np.float64]) -> str:
    """Draw what the network predicts for reviews of each number of points, as boxes.

    Args:
        points: actual points, (rows,).
        predicted: predicted points, (rows,).
    """
    levels = np.unique(points)
    low, first, median, third, high = np.transpose(
        [np.percentile(predicted[points == level], [5, 25, 50, 75, 95]) for level in levels]
    )
    description = (
        f"Predicted against actual points. The middle prediction is {median[0]:.1f} for reviews of"
        f" {levels[0]} points and {median[-1]:.1f} for reviews of {levels[-1]}."
    )
    with _drawing("predictions", description) as drawing:
        axes = drawing.axes
        ends = (levels[0] - 0.7, levels[-1] + 0.7)
        axes.plot(ends, ends, color=QUIET, linewidth=1, linestyle="--", label="exact")
        # Not Axes.bxp: it imports pyplot.
        axes.vlines(levels, low, high, color=ACCENT, linewidth=1)
        axes.bar(levels, third - first, 0.6, first, color=ACCENT, alpha=0.35)
        axes.hlines(median, levels - 0.3, levels + 0.3, color=ACCENT, linewidth=1.8)
        axes.set(xlabel="actual points", ylabel="predicted points", xlim=ends)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(_whole_numbers())
        axes.legend(loc="upper left")
    return drawing.svg


def draw_errors(points: NDArray[np.int64], errors: NDArray[np.float64]) -> str:
    """Draw mean and standard deviation of the error of reviews of each number of points.

    Args:
        points: actual points, (rows,).
        errors: predicted - actual points, (rows,).
    """
    levels = np.unique(points)
    means = np.array([errors[points == level].mean() for level in levels])
    spreads = np.array([errors[points == level].std() for level in levels])
    description = (
        f"Error by actual points. The mean error goes from {means[0]:+.1f} for reviews of"
        f" {levels[0]} points to {means[-1]:+.1f} for reviews of {levels[-1]}."
    )
    with _drawing("errors", description) as drawing:
        axes = drawing.axes
        axes.axhline(0, color=QUIET, linewidth=1, linestyle="--")
        axes.fill_between(
            levels, means - spreads, means + spreads, color=ACCENT, alpha=0.2, linewidth=0
        )
        axes.plot(levels, means, color=ACCENT, marker="o", markersize=4)
        axes.set(xlabel="actual points", ylabel="predicted − actual (points)")
        axes.xaxis.set_major_locator(_whole_numbers())
    return drawing.svg


def draw_scores(scores: dict[str, tuple[float, float | None]]) -> str:
    """Draw the test MAE of each model as bars, the first model in the accent colour.

    Args:
        scores: by model, the MAE in points on all test rows and on the unseen ones, None where
            there are none.
    """
    described = "; ".join(f"{model} {every:.3f}" for model, (every, _) in scores.items())
    longest = max(every for every, _ in scores.values()) or 1.0
    with _drawing("scores", f"MAE on the test set in points: {described}.") as drawing:
        axes = drawing.axes
        for place, (model, both) in enumerate(scores.items()):
            colour = QUIET if place else ACCENT
            for offset, mae, alpha in ((0, both[0], 0.9), (0.3, both[1], 0.45)):
                if mae is not None:
                    axes.barh(place + offset, mae, 0.27, color=colour, alpha=alpha)
                    axes.text(mae + longest * 0.02, place + offset, f"{mae:.3f}", va="center")
            # Above the bars: names beside them would leave no room for the bars on a phone.
            axes.text(0, place - 0.2, model, va="bottom")
        axes.set(xlabel="MAE (points)", xlim=(0, longest * 1.18), yticks=[])
        axes.set_ylim(len(scores) - 0.45, -0.55)
        axes.grid(visible=False)
    return drawing.svg
