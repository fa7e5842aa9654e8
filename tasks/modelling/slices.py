"""Slices: parts of the test set by country, variety, price and length."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tasks.configuration.parameters import SliceKind

if TYPE_CHECKING:
    import pandas as pd

PRICE_EDGES_USD = (0, 15, 30, 60, 120, float("inf"))
LENGTH_EDGES_WORDS = (0, 25, 40, 55, float("inf"))


def band(values: pd.Series, edges: tuple[float, ...], unit: str) -> pd.Series:
    """Return the name of each value's band, `unknown` for a missing value."""
    import pandas as pd

    labels = [
        f"{low}–{high} {unit}" if high != float("inf") else f"over {low} {unit}"
        for low, high in itertools.pairwise(edges)
    ]
    bands = pd.cut(values, list(edges), labels=labels, include_lowest=True)
    return bands.astype("str").where(values.notna(), "unknown")


def name_slices(reviews: pd.DataFrame) -> dict[SliceKind, pd.Series]:
    """Return the slice of each review, for each kind of slice.

    Args:
        reviews: with `country`, `variety`, `price` and `description`.

    Returns:
        The name of each row's slice by kind; `unknown` for a missing value.
    """
    return {
        "country": reviews["country"].fillna("unknown"),
        "variety": reviews["variety"].fillna("unknown"),
        "price": band(reviews["price"], PRICE_EDGES_USD, "USD"),
        "length": band(reviews["description"].str.count(r"\S+"), LENGTH_EDGES_WORDS, "words"),
    }
