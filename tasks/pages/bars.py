"""Bar charts that compare the shares of a file with those of its references.

Bars show the file, an outline the reference, and a dotted line the champion's training data.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
from matplotlib.ticker import PercentFormatter

from tasks.pages.drawing import ACCENT, INK, QUIET, Drawing, Margins, start_drawing
from tasks.pages.shares import CHAMPION, FILE, REFERENCE, Shares
from tasks.pages.wording import format_share

MARGINS = Margins(left=0.62, right=0.12, bottom=0.55, top=0.38)
HEIGHT_INCHES = 2.9

ROW_INCHES = 0.23
CHARACTER_INCHES = 0.086
NAME_POINTS = 10
NAME_CHARACTERS_MAX = 36
"""Longer names of rows are written smaller, so that space is left for the bars."""


def start_comparison(
    name: str,
    description: str,
    shares: dict[str, Shares],
    height: float = HEIGHT_INCHES,
    margins: Margins = MARGINS,
) -> AbstractContextManager[Drawing]:
    """Start a drawing, with space for a legend if there are several sides."""
    spare = MARGINS.top - 0.12 if len(shares) == 1 else 0
    margins = margins._replace(top=margins.top - spare)
    return start_drawing(name, description, height - spare, margins)


def draw_bars(drawing: Drawing, edges: Shares, shares: dict[str, Shares]) -> None:
    """Draw shares as vertical bars between edges."""
    axes = drawing.axes
    gap = 0.14 * (edges[1] - edges[0])
    axes.bar(
        edges[:-1] + gap / 2,
        shares[FILE],
        np.diff(edges) - gap,
        align="edge",
        color=ACCENT,
        alpha=0.6,
        label=FILE,
    )
    if REFERENCE in shares:
        axes.stairs(shares[REFERENCE], edges, color=INK, linewidth=1.3, label=REFERENCE)
    if CHAMPION in shares:
        middles = (edges[:-1] + edges[1:]) / 2
        axes.plot(
            middles, shares[CHAMPION], ":", color=QUIET, linewidth=1.6, marker=".", label=CHAMPION
        )
    axes.set_xlim(edges[0], edges[-1])
    axes.grid(visible=False, axis="x")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    _add_legend(drawing, shares)


def draw_rows(name: str, description: str, names: list[str], shares: dict[str, Shares]) -> str:
    """Draw the share of each of the `names` as a labelled horizontal bar."""
    characters = max(map(len, names))
    left = 0.2 + CHARACTER_INCHES * min(characters, NAME_CHARACTERS_MAX)
    margins = Margins(left, right=0.62, bottom=0.1, top=MARGINS.top)
    height = margins.top + margins.bottom + ROW_INCHES * len(names)
    name_points = NAME_POINTS * min(1, NAME_CHARACTERS_MAX / characters)
    with start_comparison(name, description, shares, height, margins) as drawing:
        _fill_rows(drawing, names, shares, name_points)
    return drawing.svg


def _fill_rows(
    drawing: Drawing, names: list[str], shares: dict[str, Shares], name_points: float
) -> None:
    axes = drawing.axes
    places = np.arange(len(names))
    ends = np.maximum.reduce(list(shares.values()))
    longest = float(ends.max())
    axes.barh(places, shares[FILE], 0.62, color=ACCENT, alpha=0.6, label=FILE)
    if REFERENCE in shares:
        axes.barh(
            places, shares[REFERENCE], 0.62, fill=False, ec=INK, linewidth=1.1, label=REFERENCE
        )
    for place, name in enumerate(names):
        share = format_share(shares[FILE][place], 1)
        for end, side, shown, size in (
            (-0.03 * longest, "right", name, name_points),
            (ends[place] + 0.02 * longest, "left", share, NAME_POINTS),
        ):
            axes.text(end, place, shown, ha=side, va="center", fontsize=size)
    axes.set(xlim=(0, longest), xticks=[], yticks=[])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)
    _add_legend(drawing, shares)


def _add_legend(drawing: Drawing, shares: dict[str, Shares]) -> None:
    """Add a legend above the axes, unless there is only one side."""
    if len(shares) > 1:
        handles, labels = drawing.axes.get_legend_handles_labels()
        drawing.axes.legend(
            [handles[labels.index(side)] for side in shares],
            shares,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
            borderaxespad=0.2,
            columnspacing=1.4,
            handlelength=1.4,
        )
