"""Pictures of a file's distributions, over those of what it is compared with.

Shares and not counts, for the files differ in size. The file itself is drawn as bars; what it is
compared with is an outline, and the champion's training data a dotted line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager

import numpy as np
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from data_contracts.profile import PRICE_EDGES_USD, TOKENS_PER_BIN, Profile
from tasks.pages.drawing import (
    ACCENT,
    INK,
    QUIET,
    Drawing,
    Margins,
    start_drawing,
    whole_numbers,
)

MARGINS = Margins(left=0.62, right=0.12, bottom=0.55, top=0.38)
HEIGHT_INCHES = 2.9
BARS_MAX = 45
TAIL_SHARE = 0.025
LEVEL_GAP_MAX = 5
"""Of each tail what lies further from the next level is left out: a few reviews with 1000 points
would squeeze all others into one bar."""
NULLS_SHOWN_MIN = 0.001
NAME_MAX = 24

FILE, REFERENCE, CHAMPION = "this file", "reference", "champion"

Shares = NDArray[np.float64]


def draw_points(now: Profile, last: Profile | None, champion: Profile | None) -> str | None:
    """Draw the points of this file, of the reference and of the champion's training data.

    Returns:
        The picture; None where no review of this file has points. The same holds for the others.
    """
    counts = {FILE: now.points}
    counts |= {REFERENCE: last.points} if last else {}
    counts |= {CHAMPION: champion.points} if champion else {}
    counts = {side: points for side, points in counts.items() if points}
    if FILE not in counts:
        return None
    edges = _edges_of_levels(list(counts.values()))
    shares = {side: _share_of_levels(points, edges) for side, points in counts.items()}
    description = "Points. " + " ".join(
        f"{_naming(side).capitalize()} has a mean of {mean_points(points):.2f}, and most often"
        f" {max(points, key=lambda level: points[level])}."
        for side, points in counts.items()
    )
    outside = 1 - float(shares[FILE].sum())
    label = f"points ({outside:.1%} of this file lie outside)" if outside > 1e-6 else "points"
    with _start_drawing("points", description, shares) as drawing:
        _draw_shares(drawing, edges, shares)
        drawing.axes.set_xlabel(label)
        drawing.axes.xaxis.set_major_locator(whole_numbers())
    return drawing.svg


def draw_prices(now: Profile, last: Profile | None) -> str | None:
    """Draw the share of the bottles in each price range, of those that have a price."""
    shares = _share_of_bins(now.price_bins, last.price_bins if last else None)
    if FILE not in shares:
        return None
    edges = [f"{edge:,.0f}" for edge in PRICE_EDGES_USD[:-1]]
    description = "Prices. " + " ".join(
        f"In {_naming(side)} the middle price is {_name_bin(_middle(part), edges)} USD."
        for side, part in shares.items()
    )
    places = np.arange(len(edges) + 1.0)
    with _start_drawing("prices", description, shares) as drawing:
        _draw_shares(drawing, places, shares)
        drawing.axes.set_xticks(places[:-1:2], edges[::2])
        drawing.axes.set_xlabel("price in USD, in ranges that widen")
    return drawing.svg


def draw_lengths(now: Profile, last: Profile | None) -> str | None:
    """Draw the share of the reviews of each length in tokens."""
    shares = _share_of_bins(now.token_bins, last.token_bins if last else None)
    if FILE not in shares:
        return None
    starts = [str(place * TOKENS_PER_BIN) for place in range(len(now.token_bins))]
    description = "Length of the reviews. " + " ".join(
        f"In {_naming(side)} the middle review has {_name_bin(_middle(part), starts)} tokens."
        for side, part in shares.items()
    )
    shown = 1 + max(int(np.flatnonzero(part)[-1]) for part in shares.values())
    edges = np.arange(shown + 1.0) * TOKENS_PER_BIN
    with _start_drawing("lengths", description, shares) as drawing:
        _draw_shares(drawing, edges, {side: part[:shown] for side, part in shares.items()})
        longest = " (the last bar: or more)" if shown == len(starts) else ""
        drawing.axes.set_xlabel(f"tokens{longest}")
        drawing.axes.xaxis.set_major_locator(whole_numbers())
    return drawing.svg


def draw_nulls(now: Profile, last: Profile | None) -> str | None:
    """Draw the share of empty values of each column that has any, here or in the reference."""
    before = last.null_fractions if last and last.rows else {}
    fractions = now.null_fractions if now.rows else {}
    shown = [n for n in fractions if max(fractions[n], before.get(n, 0)) >= NULLS_SHOWN_MIN]
    if not shown:
        return None
    shares = {FILE: np.array([fractions[name] for name in shown])}
    if before:
        shares[REFERENCE] = np.array([before.get(name, 0) for name in shown])
    described = [
        f"{name} {fractions[name]:.1%}"
        + (f", in the reference {before[name]:.1%}" if name in before else "")
        for name in shown
    ]
    description = f"Empty values by column. {'; '.join(described)}."
    names = [n if len(n) <= NAME_MAX else f"{n[: NAME_MAX - 1]}…" for n in shown]
    margins = Margins(0.2 + 0.086 * max(map(len, names)), right=0.62, bottom=0.1, top=MARGINS.top)
    height = margins.top + margins.bottom + 0.27 * len(shown)
    with _start_drawing("nulls", description, shares, height, margins) as drawing:
        _draw_rows(drawing, names, shares)
    return drawing.svg


def mean_points(points: dict[int, int]) -> float:
    """Mean of counted points; there must be one."""
    return sum(level * count for level, count in points.items()) / sum(points.values())


def spread_points(points: dict[int, int]) -> float:
    """Standard deviation of counted points; there must be one."""
    mean = mean_points(points)
    squares = sum((level - mean) ** 2 * count for level, count in points.items())
    return math.sqrt(squares / sum(points.values()))


def _naming(side: str) -> str:
    return side if side == FILE else f"the {side}"


def _start_drawing(
    name: str,
    description: str,
    shares: dict[str, Shares],
    height: float = HEIGHT_INCHES,
    margins: Margins = MARGINS,
) -> AbstractContextManager[Drawing]:
    """Start with room for a legend only where there is one."""
    spare = MARGINS.top - 0.12 if len(shares) == 1 else 0
    margins = margins._replace(top=margins.top - spare)
    return start_drawing(name, description, height - spare, margins)


def _edges_of_levels(sides: list[dict[int, int]]) -> Shares:
    """Place bars over the levels between the tails of all sides, and over those near to them."""
    levels = sorted(set().union(*sides))
    ends = [_level_at(points, q) for points in sides for q in (TAIL_SHARE, 1 - TAIL_SHARE)]
    low, high = min(ends), max(ends)
    for level in reversed([level for level in levels if level < low]):
        low = level if low - level <= LEVEL_GAP_MAX else low
    for level in [level for level in levels if level > high]:
        high = level if level - high <= LEVEL_GAP_MAX else high
    width = max(1, -(-(high - low + 1) // BARS_MAX))
    return low - 0.5 + width * np.arange((high - low) // width + 2.0)


def _level_at(points: dict[int, int], quantile: float) -> int:
    levels = sorted(points)
    reached = np.cumsum([points[level] for level in levels])
    return levels[int(np.searchsorted(reached, quantile * reached[-1]))]


def _share_of_levels(points: dict[int, int], edges: Shares) -> Shares:
    counts = np.array(list(points.values()), float)
    held, _ = np.histogram(np.array(list(points), float), edges, weights=counts)
    return np.asarray(held / counts.sum(), float)


def _share_of_bins(now: Sequence[int], last: Sequence[int] | None) -> dict[str, Shares]:
    """Turn counts into shares, of each side that has any; bins of another kind are left out."""
    sides = {FILE: now, REFERENCE: last if last and len(last) == len(now) else []}
    return {side: np.array(bins) / sum(bins) for side, bins in sides.items() if sum(bins)}


def _middle(shares: Shares) -> int:
    """Find the bin in which half of all is reached."""
    return int(np.searchsorted(np.cumsum(shares), 0.5 - 1e-9))


def _name_bin(place: int, starts: list[str]) -> str:
    if place == len(starts) - 1:
        return f"{starts[-1]} or more"
    return f"{starts[place]} to {starts[place + 1]}"


def _draw_shares(drawing: Drawing, edges: Shares, shares: dict[str, Shares]) -> None:
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


def _draw_rows(drawing: Drawing, names: list[str], shares: dict[str, Shares]) -> None:
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
        for end, side, shown in (
            (-0.03 * longest, "right", name),
            (ends[place] + 0.02 * longest, "left", f"{shares[FILE][place]:.1%}"),
        ):
            # A dollar sign is no formula.
            axes.text(end, place, shown, ha=side, va="center", fontsize=10, parse_math=False)
    axes.set(xlim=(0, longest), xticks=[], yticks=[])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)
    _add_legend(drawing, shares)


def _add_legend(drawing: Drawing, shares: dict[str, Shares]) -> None:
    """Say above the axes, where nothing is drawn, which is which; one alone needs no name."""
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
