"""What is remembered of a file of reviews once it is gone: counts, and no review."""

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
"""Other fields, or others' meaning, need another number."""

PROFILE = "profile.json"
"""What a profile's file is called, wherever it lies."""

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
        format: the FORMAT.
        rows: number of rows.
        null_fractions: by column, the share of empty values.
        points: by points, the number of reviews.
        price_bins: number of bottles between two PRICE_EDGES_USD, the lower one included.
        token_bins: number of reviews by tokens, TOKENS_PER_BIN to a bin.
        countries: by country, the number of reviews; the most frequent ones, most frequent first.
        tokens: by token that stands at least twice, how often; most frequent first.
        unknown_by_chance: share of tokens that other reviews of the same kind have beyond these.
        length_correlation: rank correlation of the texts' lengths with the points, None where one
            of them never varies.
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
        """SHA-256 of the tokens: the name of this vocabulary."""
        return hashlib.sha256("\n".join(self.tokens).encode()).hexdigest()


def read_profile(content: bytes) -> Profile | None:
    """Read a profile's file.

    Returns:
        The profile; None for one of another format, with which nothing can be compared.

    Raises:
        ValueError: it is damaged.
    """
    fields: Any = json.loads(content)
    if not isinstance(fields, dict):
        raise ValueError("a profile is expected, and there is none")
    return Profile.model_validate(fields) if fields.get("format") == FORMAT else None


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
    rows = reviews.num_rows
    return Profile(
        rows=rows,
        null_fractions={c: round(reviews[c].null_count / max(rows, 1), 9) for c in columns},
        points=dict(sorted(points.items())),
        price_bins=bin_prices(reviews["price"].to_numpy()),
        token_bins=bin_lengths(lengths),
        countries=dict(countries[:COUNTRIES_MAX]),
        tokens=dict(zip(often["token"].to_pylist(), often["count"].to_pylist(), strict=True)),
        unknown_by_chance=round(unknown_by_chance(tokens, VOCABULARY_MAX), 6),
        length_correlation=_correlate_lengths(reviews),
    )


def bin_prices(prices: np.ndarray[Any, np.dtype[Any]]) -> list[int]:
    """Count prices between two PRICE_EDGES_USD, the lower one included; missing ones in none."""
    given = prices[~np.isnan(prices)]
    counts: list[int] = np.histogram(given, bins=np.array(PRICE_EDGES_USD, float))[0].tolist()
    return counts


def bin_lengths(lengths: pa.Array) -> list[int]:
    """Count texts by their numbers of tokens, TOKENS_PER_BIN to a bin; a missing text has none."""
    last = TOKENS_SHOWN_MAX // TOKENS_PER_BIN
    places = np.minimum(pc.fill_null(lengths, 0).to_numpy() // TOKENS_PER_BIN, last)
    counts: list[int] = np.bincount(places, minlength=last + 1).tolist()
    return counts


def _correlate_lengths(reviews: pa.Table) -> float | None:
    both = reviews.select(["description", "points"]).to_pandas()
    found = correlate_ranks(both["description"], both["points"])
    return None if math.isnan(found) else round(found, 6)


def _count(column: pa.ChunkedArray) -> dict[Any, int]:
    counted = pc.value_counts(column.drop_null())
    return dict(
        zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
    )
