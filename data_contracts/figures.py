"""Figures of a column or of two, computed from counts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.bands import find_bands
from data_contracts.counts import COUNT, OTHER, VALUE, Counts


def total(counts: Counts) -> int:
    """Return the number of counted rows."""
    return int(_counts(counts).sum())


def distinct(counts: Counts) -> int:
    """Return the number of distinct values."""
    return int(counts.num_rows)


def mean(counts: Counts) -> float:
    """Compute the mean of numbers; nan without any."""
    values, times = _values(counts), _counts(counts)
    return math.fsum(values * times) / total(counts) if len(values) else math.nan


def deviation(counts: Counts) -> float:
    """Compute the standard deviation of a sample of numbers; nan of fewer than two."""
    if total(counts) < 2:
        return math.nan
    squares = (_values(counts) - mean(counts)) ** 2
    return math.sqrt(math.fsum(squares * _counts(counts)) / (total(counts) - 1))


def quantile(counts: Counts, share: float) -> float:
    """Compute a quantile of numbers, as `numpy.quantile` does by default; nan without any."""
    rows = total(counts)
    if not rows:
        return math.nan
    place = (rows - 1) * share
    places = [math.floor(place), math.ceil(place)]
    found = np.searchsorted(np.cumsum(_counts(counts)), places, side="right")
    low, high = _values(counts)[found]
    return float(low + (high - low) * (place - places[0]))


def count_levels(counts: Counts, width: float) -> dict[int, int]:
    """Count numbers by the nearest multiple of `width`, as this multiple."""
    levels, places = np.unique(np.rint(_values(counts) / width), return_inverse=True)
    summed = _add_by(places, _counts(counts), len(levels))
    return dict(zip(map(int, levels), summed, strict=True))


def count_bands(counts: Counts, edges: Sequence[float]) -> list[int]:
    """Count numbers in each band; one count more than there are edges."""
    return _add_by(find_bands(_values(counts), edges), _counts(counts), len(edges) + 1)


def correlate_ranks(pairs: Counts) -> float:
    """Compute Spearman's rank correlation from the counts of pairs; nan if a column is constant.

    It is Pearson's correlation of the ranks, with the mean rank for equal values (Spearman 1904).
    """
    times = _counts(pairs)
    left, right = (_rank(pairs[name], times) for name in (VALUE, OTHER))
    if not len(times) or np.ptp(left) == 0 or np.ptp(right) == 0:
        return math.nan
    left, right = (ranks - (times.sum() + 1) / 2 for ranks in (left, right))
    products = (left * right, left * left, right * right)
    both, first, second = (math.fsum(product * times) for product in products)
    return both / math.sqrt(first * second)


def _rank(values: pa.ChunkedArray, times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean rank of each value, which occurs so many times."""
    _, places = np.unique(values, return_inverse=True)
    summed = np.bincount(places, times)
    ranks: NDArray[np.float64] = np.cumsum(summed) - (summed - 1) / 2
    return ranks[places]


def _add_by(places: NDArray[np.intp], times: NDArray[np.int64], size: int) -> list[int]:
    added: list[int] = np.bincount(places, times, minlength=size).astype(np.int64).tolist()
    return added


def _values(counts: Counts) -> NDArray[np.float64]:
    values: NDArray[np.float64] = counts[VALUE].to_numpy().astype(np.float64)
    return values


def _counts(counts: Counts) -> NDArray[np.int64]:
    times: NDArray[np.int64] = counts[COUNT].to_numpy()
    return times
