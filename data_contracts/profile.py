"""Profiles: counts of a file of reviews that later files are compared with. No review is kept."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict

from data_contracts import figures
from data_contracts.counted_rows import Counted, CountedRows
from data_contracts.counts import COUNT, VALUE, Counts
from data_contracts.dataset import Dataset
from data_contracts.new_texts import sample_texts
from data_contracts.tokens import unknown_by_chance

FORMAT: Literal[2] = 2
"""Change it when fields change their meaning, or are added without a default."""

PROFILE = "profile.json"
"""File name of a profile."""

TOKENS_PER_BIN = 5
TOKENS_SHOWN_MAX = 120
"""Longer reviews count in the last bin."""
TOKEN_EDGES = range(TOKENS_PER_BIN, TOKENS_SHOWN_MAX + 1, TOKENS_PER_BIN)
"""Edges between the bins of tokens."""

VOCABULARY_MAX = 50_000
"""Number of tokens kept, the most frequent; rarer ones would be most of the file."""

ERROR_CONFIDENCE = 0.99
"""Confidence of the interval of a `ChampionError`."""

CATEGORIES_MAX = 15
"""Number of values kept of each sliced column of strings, the most frequent."""


class Profile(BaseModel):
    """Counts of a file of reviews.

    Attributes:
        format: the FORMAT.
        rows: number of rows.
        null_fractions: for each column, the share of empty values.
        target_counts: number of reviews by the target, in units of its bin.
        histograms: for each sliced column of numbers, the number of values in each band.
        token_bins: number of reviews in each band between the TOKEN_EDGES.
        texts: number of different texts; 0 in profiles of older versions.
        text_sample: the lowest hashes of the texts; see data_contracts/new_texts.py.
        tokens_p999: 99.9th percentile of the number of tokens; 0 in profiles of older versions.
        categories: for each sliced column of strings, the number of reviews with each of its most
            frequent values, most frequent first.
        tokens: number of occurrences of each token that occurs twice or more, most frequent first.
        unknown_by_chance: out-of-vocabulary rate to expect of other reviews from the same source.
        length_correlation: rank correlation of the texts' lengths and the target; None if one of
            them is constant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[2] = FORMAT
    rows: int
    null_fractions: dict[str, float]
    target_counts: dict[int, int]
    histograms: dict[str, list[int]]
    token_bins: list[int]
    texts: int = 0
    text_sample: list[int] = []
    tokens_p999: int = 0
    categories: dict[str, dict[str, int]]
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


class ChampionError(NamedTuple):
    """The champion's error on the reviews of a delivery that it was not trained on.

    Attributes:
        rows: number of these reviews that were predicted.
        mae: mean absolute error on them.
        low: lower end of the interval of the MAE.
        high: upper end.
        promoted_mae: the MAE on the test set when the champion was promoted.
        digits: number of decimals with which the errors are shown.
    """

    rows: int
    mae: float
    low: float
    high: float
    promoted_mae: float
    digits: int


class Known(NamedTuple):
    """A reference that a delivery is compared with.

    Attributes:
        profile: the reference's counts.
        name: the reference's name in reports.
        accepted_before: when the delivery itself was accepted, if another one was accepted since.
            Only the reference `last` has it.
        error: the champion's error on the delivery. Only the reference `champion` has it.
        advice: what to do if the delivery is meant to differ, as a sentence.
    """

    profile: Profile
    name: str
    accepted_before: str | None = None
    error: ChampionError | None = None
    advice: str = ""


References = dict[str, Known]
"""The references `last` and `champion`, if they exist."""


def profile_reviews(counts: CountedRows, columns: Sequence[str], dataset: Dataset) -> Profile:
    """Make the profile of a file.

    Args:
        counts: of the file's rows.
        columns: the columns whose empty values are counted.
        dataset: the roles of the columns.
    """

    def count(kind: str, *names: str) -> Counts:
        return counts.get(Counted(kind, names))

    tokens, lengths = count("tokens", dataset.text), count("lengths", dataset.text)
    rows, target = figures.total(count("rows")), dataset.target
    p999, hashes = figures.quantile(lengths, 0.999), count("values", dataset.text)
    correlation = figures.correlate_ranks(count("pairs", dataset.text, target.name))
    return Profile(
        rows=rows,
        null_fractions={
            name: round(figures.total(count("nulls", name)) / max(rows, 1), 9) for name in columns
        },
        target_counts=figures.count_levels(count("values", target.name), target.bin),
        histograms={
            column.name: figures.count_bands(count("values", column.name), column.histogram_edges)
            for column in dataset.slices
            if column.histogram_edges
        },
        token_bins=bin_lengths(lengths),
        texts=len(hashes),
        text_sample=sample_texts(hashes),
        tokens_p999=int(p999) if rows else 0,
        categories={
            column.name: _choose_frequent(count("texts", column.name), CATEGORIES_MAX)
            for column in dataset.slices
            if not column.histogram_edges
        },
        tokens=_choose_frequent(tokens.filter(pc.greater(tokens[COUNT], 1)), VOCABULARY_MAX),
        unknown_by_chance=round(unknown_by_chance(tokens, VOCABULARY_MAX), 6),
        length_correlation=None if math.isnan(correlation) else round(correlation, 6),
    )


def bin_lengths(lengths: Counts) -> list[int]:
    """Count texts in the bands between the TOKEN_EDGES."""
    return figures.count_bands(lengths, TOKEN_EDGES)


def _choose_frequent(counts: Counts, most: int) -> dict[str, int]:
    # Ties are sorted by value, so that the same reviews always have the same profile.
    frequent = counts.sort_by([(COUNT, "descending"), (VALUE, "ascending")])
    return dict(zip(*frequent.slice(0, most).to_pydict().values(), strict=True))
