"""The curve of the metrics over runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from data_contracts.dataset import Target
from tasks.pages.drawing import ACCENT, INK, QUIET, Margins, start_drawing
from tasks.reporting.run_records import RunRecord

HEIGHT_INCHES = 4.3
MARGINS = Margins(left=0.74, right=0.34, bottom=0.62, top=1.12)
DATES_MAX = 5
"""Most labels below the axis; more would overlap on a phone."""

MARKS: dict[str, dict[str, Any]] = {
    "Promoted": {"marker": "o", "markersize": 7, "color": ACCENT},
    "KeptChampion": {"marker": "o", "markersize": 6, "color": ACCENT, "fillstyle": "none"},
    "NotPromoted": {"marker": "s", "markersize": 6, "color": ACCENT, "fillstyle": "none"},
}
REJECTED: dict[str, Any] = {"marker": "x", "markersize": 7, "markeredgewidth": 2, "color": INK}


def draw_metrics(runs: Sequence[RunRecord], target: Target) -> str:
    """Draw the MAE of candidates, champion and ridge over runs, and the verdicts as marks.

    Args:
        runs: the oldest first; at least one has an MAE.
        target: its scale.
    """
    maes = _figures(runs, "test_mae")
    with start_drawing("metrics", _describe(runs, maes, target), HEIGHT_INCHES, MARGINS) as drawing:
        axes = drawing.axes
        unseen, ridge = (_figures(runs, name) for name in ("test_mae_unseen", "ridge_test_mae"))
        _draw_line(axes, maes, "candidate", color=ACCENT, linewidth=1.2, zorder=3)
        _draw_line(axes, unseen, "candidate, unseen", color=ACCENT, linewidth=1, linestyle=":")
        _draw_champion(axes, runs)
        _draw_line(axes, ridge, "ridge", color=QUIET, linewidth=0.9)
        _draw_marks(axes, runs, maes)
        axes.set(ylabel="test MAE", xlim=(-0.5, len(runs) - 0.5))
        axes.yaxis.set_major_formatter(f"{{x:.{max(target.error_digits - 1, 0)}f}}")
        axes.margins(y=0.12)
        axes.grid(visible=False, axis="x")
        _label_runs(axes, runs)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(-0.17, 1.01),
            ncols=2,
            borderaxespad=0.2,
            columnspacing=1.6,
            handlelength=1.8,
        )
    return drawing.svg


def _figures(runs: Sequence[RunRecord], name: str) -> list[float]:
    found = [run.metrics.get(name) for run in runs]
    return [math.nan if figure is None else figure for figure in found]


def _draw_line(axes: Axes, maes: Sequence[float], label: str, **style: Any) -> None:
    """Draw a line through the runs with an MAE; a single point becomes a dash."""
    known = [(float(n), mae) for n, mae in enumerate(maes) if not math.isnan(mae)]
    if len(known) == 1:
        ((place, mae),) = known
        known = [(place - 0.2, mae), (place + 0.2, mae)]
    if known:
        axes.plot(*zip(*known, strict=True), label=label, **style)


def _draw_champion(axes: Axes, runs: Sequence[RunRecord]) -> None:
    """Draw the MAE of the champion after each run, as steps."""
    known = [run.champion.test_mae if run.champion else None for run in runs]
    maes = [math.nan if mae is None else mae for mae in known]
    if not all(map(math.isnan, maes)):
        places = [*range(len(maes)), len(maes) - 0.5]
        axes.step(
            places,
            [*maes, maes[-1]],
            where="post",
            label="champion, when promoted",
            color=INK,
            linewidth=1.8,
        )


def _draw_marks(axes: Axes, runs: Sequence[RunRecord], maes: Sequence[float]) -> None:
    """Draw the verdicts as marks on the candidates' line, and rejections on the axis."""
    for verdict, style in MARKS.items():
        places = [n for n, run in enumerate(runs) if run.verdict == verdict]
        if places:
            axes.plot(
                places, [maes[n] for n in places], label=verdict, linestyle="", zorder=4, **style
            )
    rejected = [n for n, run in enumerate(runs) if run.verdict == "DataRejected"]
    if rejected:
        axes.plot(
            rejected,
            [0] * len(rejected),
            label="DataRejected",
            linestyle="",
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            **REJECTED,
        )


def _label_runs(axes: Axes, runs: Sequence[RunRecord]) -> None:
    """Label some runs, the newest included, by their dates; runs of a single day by their times."""
    step = math.ceil(len(runs) / DATES_MAX)
    places = sorted(range(len(runs) - 1, -1, -step))
    within_a_day = (runs[-1].finished - runs[0].finished).days < 1
    form = "%d %b\n%H:%M" if within_a_day else "%d %b\n%Y"
    axes.set_xticks(places, [runs[n].finished.strftime(form) for n in places])


def _describe(runs: Sequence[RunRecord], maes: Sequence[float], target: Target) -> str:
    known = [mae for mae in maes if not math.isnan(mae)]
    first, last, least = map(target.format_error, (known[0], known[-1], min(known)))
    champion = next((r.champion for r in reversed(runs) if r.champion), None)
    text = (
        f"Test MAE over {len(runs)} retraining{'s' if len(runs) != 1 else ''}. The candidates' goes"
        f" from {first} to {last}; the least is {least}."
    )
    if champion and champion.test_mae is not None:
        mae = target.format_error(champion.test_mae)
        text += f" The champion's was {mae} when it was promoted."
    return text
