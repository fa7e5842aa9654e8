"""Profiles: counts of a file of reviews that later files are compared with. No review is kept."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from data_contracts.samples import correlate_ranks
from data_contracts.tokens import count_tokens, unknown_by_chance

FORMAT: Literal[1] = 1
"""Change it when fields are added or change their meaning."""

PROFILE = "profile.json"
"""File name of a profile."""

PRICE_EDGES_USD = (0, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 250, 500, 1_000, float("inf"))
TOKENS_PER_BIN = 5
TOKENS_SHOWN_MAX = 120
"""Longer reviews count in the last bin."""

VOCABULARY_MAX = 50_000
"""Number of tokens kept, the most frequent; rarer ones would be most of the file."""

COUNTRIES_MAX = 15


class Profile(BaseModel):
    """Counts of a file of reviews.

    Attributes:
        format: the FORMAT.
        rows: number of rows.
        null_fractions: for each column, the share of empty values.
        points: number of reviews with each number of points.
        price_bins: number of prices between two PRICE_EDGES_USD, including the lower one.
        token_bins: number of reviews in each bin of TOKENS_PER_BIN tokens.
        countries: number of reviews of the most frequent countries, most frequent first.
        tokens: number of occurrences of each token that occurs twice or more, most frequent first.
        unknown_by_chance: out-of-vocabulary rate to expect of other reviews from the same source.
        length_correlation: rank correlation of the texts' lengths and the points; None if one of
            them is constant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    rows: int
    null_fractions: dict[str, float]
    points: dict[int, int]
    price_bins: list[int]
    token_bins: list[int]
    countries: dict[str, int]
    tokens: dict[str, int]
    unknown_by_chance: float = 0.0
    length_correlation: float | None = None

    @property
    def vocabulary_digest(self) -> str:
        """SHA-256 of the tokens, which identifies the vocabulary."""
        return hashlib.sha256("\n".join(self.tokens).encode()).hexdigest()


def read_profile(content: bytes) -> Profile | None:
    """Read a profile's file.

    Returns:
        The profile; None if it has another format.

    Raises:
        ValueError: the file is damaged.
    """
    fields: Any = json.loads(content)
    if not isinstance(fields, dict):
        raise ValueError("not a profile: a JSON object is expected")
    return Profile.model_validate(fields) if fields.get("format") == FORMAT else None


class Known(NamedTuple):
    """A reference that a delivery is compared with.

    Attributes:
        profile: the reference's counts.
        name: the reference's name in reports.
        accepted_before: when the delivery itself was accepted, if another one was accepted since.
            Only the reference `last` has it.
    """

    profile: Profile
    name: str
    accepted_before: str | None = None


References = dict[str, Known]
"""The references `last` and `champion`, if they exist."""


def profile_reviews(reviews: pa.Table, columns: list[str]) -> Profile:
    """Make the profile of a file.

    Args:
        reviews: a table with the contract's columns.
        columns: the columns whose empty values are counted.
    """
    tokens, lengths = count_tokens(reviews["description"])
    repeated = tokens.filter(pc.greater(tokens["count"], 1))
    # Ties are sorted by token, so that the same reviews always have the same profile.
    repeated = repeated.sort_by([("count", "descending"), ("token", "ascending")])
    vocabulary = repeated.slice(0, VOCABULARY_MAX)
    points = _count(reviews["points"])
    countries = sorted(_count(reviews["country"]).items(), key=lambda item: (-item[1], item[0]))
    rows = reviews.num_rows
    return Profile(
        rows=rows,
        null_fractions={c: round(reviews[c].null_count / max(rows, 1), 9) for c in columns},
        points=dict(sorted(points.items())),
        price_bins=bin_prices(reviews["price"].to_numpy()),
        token_bins=bin_lengths(lengths),
        countries=dict(countries[:COUNTRIES_MAX]),
        tokens=dict(zip(*vocabulary.to_pydict().values(), strict=True)),
        unknown_by_chance=round(unknown_by_chance(tokens, VOCABULARY_MAX), 6),
        length_correlation=_correlate_lengths(reviews),
    )


def bin_prices(prices: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
    """Count the prices between each two PRICE_EDGES_USD, including the lower one; skip nulls."""
    given = prices[~np.isnan(prices)]
    counts: list[int] = np.histogram(given, bins=np.array(PRICE_EDGES_USD, float))[0].tolist()
    return counts


def bin_lengths(lengths: pa.Array) -> list[int]:
    """Count texts in bins of TOKENS_PER_BIN tokens; a null has no tokens."""
    last = TOKENS_SHOWN_MAX // TOKENS_PER_BIN
    places = np.minimum(pc.fill_null(lengths, 0).to_numpy() // TOKENS_PER_BIN, last)
    counts: list[int] = np.bincount(places, minlength=last + 1).tolist()
    return counts


def _correlate_lengths(reviews: pa.Table) -> float | None:
    both = reviews.select(["description", "points"]).to_pandas()
    correlation = correlate_ranks(both["description"], both["points"])
    return None if math.isnan(correlation) else round(correlation, 6)


def _count(column: pa.ChunkedArray) -> dict[Any, int]:
    counts = pc.value_counts(column.drop_null())
    return dict(zip(*map(pa.Array.to_pylist, counts.flatten()), strict=True))
