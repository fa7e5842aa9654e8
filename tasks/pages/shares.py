"""Shares and statistics from the counts of a profile."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FILE, REFERENCE, CHAMPION = "this file", "reference", "champion"
"""Names of the sides of a comparison in pictures."""

BARS_MAX = 45
TAIL_SHARE = 0.025
LEVEL_GAP_MAX = 5
"""Levels in a tail beyond a larger gap are left out: a few values far outside the scale would
squeeze all others into one bar."""

Shares = NDArray[np.float64]


def mean_level(counts: dict[int, int]) -> float:
    """Return the mean of counted levels, which must not be empty."""
    return sum(level * count for level, count in counts.items()) / sum(counts.values())


def spread_levels(counts: dict[int, int]) -> float:
    """Return the standard deviation of counted levels, which must not be empty."""
    mean = mean_level(counts)
    squares = sum((level - mean) ** 2 * count for level, count in counts.items())
    return math.sqrt(squares / sum(counts.values()))


def place_bars(sides: list[dict[int, int]]) -> Shares:
    """Return the edges of bars over the levels between the tails of all sides, and near levels."""
    levels = sorted(set().union(*sides))
    ends = [_level_at(counts, q) for counts in sides for q in (TAIL_SHARE, 1 - TAIL_SHARE)]
    low, high = min(ends), max(ends)
    for level in reversed([level for level in levels if level < low]):
        low = level if low - level <= LEVEL_GAP_MAX else low
    for level in [level for level in levels if level > high]:
        high = level if level - high <= LEVEL_GAP_MAX else high
    width = max(1, -(-(high - low + 1) // BARS_MAX))
    return low - 0.5 + width * np.arange((high - low) // width + 2.0)


def _level_at(counts: dict[int, int], quantile: float) -> int:
    levels = sorted(counts)
    reached = np.cumsum([counts[level] for level in levels])
    return levels[int(np.searchsorted(reached, quantile * reached[-1]))]


def share_levels(counts: dict[int, int], edges: Shares) -> Shares:
    """Return the share of counted levels between each pair of edges; some may be outside."""
    weights = np.array(list(counts.values()), float)
    held, _ = np.histogram(np.array(list(counts), float), edges, weights=weights)
    return np.asarray(held / weights.sum(), float)


def share_bins(now: Sequence[int], last: Sequence[int] | None) -> dict[str, Shares]:
    """Return the shares of each side with counts; other numbers of bins are left out."""
    sides = {FILE: now, REFERENCE: last if last and len(last) == len(now) else []}
    return {side: np.array(bins) / sum(bins) for side, bins in sides.items() if sum(bins)}


def find_middle(shares: Shares) -> int:
    """Return the bin of the median."""
    return int(np.searchsorted(np.cumsum(shares), 0.5 - 1e-9))
