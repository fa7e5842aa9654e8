"""Tells numbers that measure something from those that name something, or say when it was."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

WORDS_OF_NAMES = frozenset(
    ("id", "ids", "no", "nr", "num", "number", "nummer", "key", "code", "zip", "isbn", "sku")
)
"""Last words of the names of columns that name something by a number."""
DISTINCT_MIN = 0.9
"""Whole numbers of which this share is different are names: measures repeat."""
NUMBERED_DISTINCT_MIN, DIGITS_MIN = 0.5, 4
"""The same where all have the same number of digits, and at least so many."""

UNIX_TIME, UNIX_UNITS = (1e9, 2e9), (1, 1e3, 1e6, 1e9)
"""From 2001 to 2033 in seconds, and parts of a second in which programs count, too."""
DATE_PARTS = ((10_000, 10_000, 1900, 2100), (100, 100, 1, 12), (1, 100, 1, 31))
"""Of a date such as 20240131: place, base, and range of year, month and day."""


def are_measures(name: str, numbers: NDArray[np.float64]) -> bool:
    """Tell whether a model can learn the numbers of a column.

    Args:
        name: of the column.
        numbers: its values, (rows,), at least one.
    """
    whole = bool((numbers == np.rint(numbers)).all())
    return not (whole and (_are_names(name, numbers) or _are_times(numbers)))


def _are_names(name: str, numbers: NDArray[np.float64]) -> bool:
    words = re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+", name)
    if words and words[-1].casefold() in WORDS_OF_NAMES:
        return True
    low, high = (len(f"{abs(end):.0f}") for end in (numbers.min(), numbers.max()))
    least = NUMBERED_DISTINCT_MIN if DIGITS_MIN <= low == high else DISTINCT_MIN
    return len(np.unique(numbers)) >= least * len(numbers)


def _are_times(numbers: NDArray[np.float64]) -> bool:
    low, high = numbers.min(), numbers.max()
    first, last = UNIX_TIME
    if any(first <= low / unit and high / unit <= last for unit in UNIX_UNITS):
        return True
    parts = ((numbers // place % base, a, b) for place, base, a, b in DATE_PARTS)
    return all(bool(((least <= part) & (part <= most)).all()) for part, least, most in parts)
