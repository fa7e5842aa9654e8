"""Counts of made-up files."""

from __future__ import annotations

from data_contracts.profile import PRICE_EDGES_USD, Profile

PRICES = [0, 0, 1, 2, 1] + [0] * (len(PRICE_EDGES_USD) - 6)
NOTHING = Profile(
    rows=0,
    null_fractions={"price": 0.0, "title": 0.0},
    points={},
    price_bins=[0] * (len(PRICE_EDGES_USD) - 1),
    token_bins=[0] * 25,
    countries={},
    tokens={},
)
NOW = Profile(
    rows=10,
    null_fractions={"points": 0.0, "price": 0.6, "title": 0.2},
    points={85: 2, 88: 6, 90: 2},
    price_bins=PRICES,
    token_bins=[0, 4, 4, 2] + [0] * 21,
    countries={"Italy": 6, "US": 4},
    tokens={"the": 20, "slate": 3},
)
THEN = NOW.model_copy(
    update={
        "rows": 1000,
        "null_fractions": {"points": 0.0, "price": 0.07, "gone": 0.5},
        "points": {84: 500, 86: 500},
        "price_bins": [1000] + [0] * (len(PRICE_EDGES_USD) - 2),
        "token_bins": [0] * 24 + [1000],
    }
)
