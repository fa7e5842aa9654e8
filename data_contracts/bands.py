"""Bands of numbers, for slices, for pictures, and for rules about distributions.

A band includes its lower edge: with the edges 1990 and 2000, the year 1990 begins the second band
and 2000 the third. So do decades, and the bins of `numpy.histogram`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

GROUPED_MIN = 10_000
"""Numbers from here on are written with separators of thousands; years never are."""


def find_bands(numbers: NDArray[Any], edges: Sequence[float]) -> NDArray[np.intp]:
    """Return the number of each value's band, (values,); 0 is the band below the first edge.

    Args:
        numbers: (values,); the result for NaN has no meaning.
        edges: ascending.
    """
    places: NDArray[np.intp] = np.digitize(numbers, edges)
    return places


def name_bands(edges: Sequence[float], unit: str = "") -> list[str]:
    """Name each band, with the unit, such as `15 to under 30 USD`."""
    numbers, suffix = [_write_number(edge) for edge in edges], f" {unit}" if unit else ""
    return [
        f"under {numbers[0]}{suffix}",
        *(f"{low} to under {high}{suffix}" for low, high in itertools.pairwise(numbers)),
        f"{numbers[-1]}{suffix} or more",
    ]


def _write_number(number: float) -> str:
    return f"{number:,.15g}" if abs(number) >= GROUPED_MIN else f"{number:.15g}"
