"""Counts of made-up files."""

from __future__ import annotations

from data_contracts.profile import Profile
from tests.contracts import WINE

(PRICE,) = (column for column in WINE.dataset.slices if column.name == "price")
EDGES = PRICE.histogram_edges or ()
BINS = len(EDGES) + 1
NOTHING = Profile(
    rows=0,
    null_fractions={"price": 0.0, "title": 0.0},
    target_counts={},
    histograms={"price": [0] * BINS},
    token_bins=[0] * 25,
    categories={"country": {}, "variety": {}},
    tokens={},
)
NOW = Profile(
    rows=10,
    null_fractions={"points": 0.0, "price": 0.6, "title": 0.2},
    target_counts={85: 2, 88: 6, 90: 2},
    histograms={"price": [0, 0, 1, 2, 1] + [0] * (BINS - 5)},
    token_bins=[0, 4, 4, 2] + [0] * 21,
    categories={"country": {"Italy": 6, "US": 4}, "variety": {"Red": 10}},
    tokens={"the": 20, "slate": 3},
)
THEN = NOW.model_copy(
    update={
        "rows": 1000,
        "null_fractions": {"points": 0.0, "price": 0.07, "gone": 0.5},
        "target_counts": {84: 500, 86: 500},
        "histograms": {"price": [1000] + [0] * (BINS - 1)},
        "token_bins": [0] * 24 + [1000],
    }
)
