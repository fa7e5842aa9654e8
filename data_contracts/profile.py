"""What is remembered of a file of reviews once it is gone: counts, and no review."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from data_contracts.tokens import count_tokens

PRICE_EDGES_USD = (0, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 250, 500, 1_000, float("inf"))
TOKENS_PER_BIN = 5
TOKENS_SHOWN_MAX = 120
"""Longer reviews are counted in the last bin."""

VOCABULARY_MAX = 50_000
"""Most frequent tokens remembered; the rarest say little and would be most of the file."""

COUNTRIES_MAX = 15


class Profile(BaseModel):
    """Counts of a file of reviews.

    Attributes:
        rows: number of rows.
        null_fractions: by column, the share of empty values.
        points: by points, the number of reviews.
        price_bins: number of bottles between two PRICE_EDGES_USD, the lower one included.
        token_bins: number of reviews by tokens, TOKENS_PER_BIN to a bin.
        countries: by country, the number of reviews; the most frequent ones, most frequent first.
        tokens: by token that stands at least twice, how often; most frequent first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    null_fractions: dict[str, float]
    points: dict[int, int]
    price_bins: list[int]
    token_bins: list[int]
    countries: dict[str, int]
    tokens: dict[str, int]

    @property
    def vocabulary_digest(self) -> str:
        """SHA-256 of the tokens: the name of this vocabulary."""
        return hashlib.sha256("\n".join(self.tokens).encode()).hexdigest()


class Known(NamedTuple):
    """What a delivery is compared with.

    Attributes:
        profile: its counts.
        name: what it is, for people.
        accepted_before: when the delivery itself was accepted, if another one was since; of the
            file accepted last only.
    """

    profile: Profile
    name: str
    accepted_before: str | None = None


References = dict[str, Known]
"""`last` and `champion`, each only where there is one."""


def profile_reviews(reviews: pa.Table, columns: list[str]) -> Profile:
    """Count what is remembered of a file of reviews.

    Args:
        reviews: with the contract's columns.
        columns: those whose empty values are counted.
    """
    tokens, lengths = count_tokens(reviews["description"])
    often = tokens.filter(pc.greater(tokens["count"], 1))
    # Ties by the token itself: the same reviews always make the same profile.
    often = often.sort_by([("count", "descending"), ("token", "ascending")]).slice(
        0, VOCABULARY_MAX
    )
    points = _count(reviews["points"])
    countries = sorted(_count(reviews["country"]).items(), key=lambda item: (-item[1], item[0]))
    bins = TOKENS_SHOWN_MAX // TOKENS_PER_BIN
    per_bin = np.bincount(
        np.minimum(pc.fill_null(lengths, 0).to_numpy() // TOKENS_PER_BIN, bins), minlength=bins + 1
    )
    prices = np.histogram(
        reviews["price"].drop_null().to_numpy(), bins=np.array(PRICE_EDGES_USD, float)
    )[0]
    rows = reviews.num_rows
    return Profile(
        rows=rows,
        null_fractions={c: round(reviews[c].null_count / max(rows, 1), 9) for c in columns},
        points=dict(sorted(points.items())),
        price_bins=prices.tolist(),
        token_bins=per_bin.tolist(),
        countries=dict(countries[:COUNTRIES_MAX]),
        tokens=dict(zip(often["token"].to_pylist(), often["count"].to_pylist(), strict=True)),
    )


def _count(column: pa.ChunkedArray) -> dict[Any, int]:
    counted = pc.value_counts(column.drop_null())
    return dict(
        zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    )
