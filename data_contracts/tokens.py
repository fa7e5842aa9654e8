"""Tokenizes texts as Keras' `TextVectorization` does by default, with Arrow's speed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.counts import COUNT, VALUE, Counts, add_up, count_distinct

PUNCTUATION = r"[!-/:-@\[-`{-~]"
"""The ASCII punctuation, which Keras' `lower_and_strip_punctuation` strips."""

SLICE_ROWS = 65_536
"""Rows tokenized at once, which bounds the memory that a large file needs."""


def tokenize(texts: pa.Array) -> pa.ListArray:
    """Split texts into tokens as Keras' `TextVectorization` does by default.

    Like Keras, it knows only ASCII's upper case, punctuation and white space: `É` stays `É`, and a
    no-break space does not separate tokens.

    Args:
        texts: strings, nulls allowed.

    Returns:
        The tokens of each text; null for a null.
    """
    plain = pc.replace_substring_regex(pc.ascii_lower(texts), PUNCTUATION, "")
    plain = pc.ascii_trim_whitespace(plain)
    tokens = pc.ascii_split_whitespace(plain)
    # Splitting an empty text gives one empty token.
    return pc.if_else(pc.equal(plain, ""), pa.scalar([], tokens.type), tokens)


class TokenCounts(NamedTuple):
    """The tokens of a column of texts.

    Attributes:
        tokens: the counts of the distinct tokens.
        lengths: the counts of the texts by their number of tokens (int64); a null has none.
    """

    tokens: Counts
    lengths: Counts


def count_tokens(texts: pa.ChunkedArray) -> TokenCounts:
    """Count the tokens of a column of texts."""
    tokens = [count_distinct(pa.array([], pa.string()))]
    lengths = [count_distinct(pa.array([], pa.int64()))]
    for part in _slices(texts):
        split = tokenize(part)
        tokens.append(count_distinct(pc.list_flatten(split)))
        numbers = pc.fill_null(pc.list_value_length(split), 0)
        lengths.append(count_distinct(numbers.cast(pa.int64())))
    return TokenCounts(add_up(tokens), add_up(lengths))


def _slices(texts: pa.ChunkedArray) -> Iterator[pa.Array]:
    for chunk in texts.chunks:
        for start in range(0, len(chunk), SLICE_ROWS):
            yield chunk.slice(start, SLICE_ROWS)


def unknown_fraction(tokens: pa.Table, vocabulary: pa.Array) -> float:
    """Compute the out-of-vocabulary rate: the share of all tokens that a vocabulary lacks.

    Args:
        tokens: the counts of the tokens.
        vocabulary: the known tokens.
    """
    total = pc.sum(tokens[COUNT]).as_py() or 0
    known = tokens.filter(pc.is_in(tokens[VALUE], vocabulary))
    return 1 - (pc.sum(known[COUNT]).as_py() or 0) / total if total else 0.0


def unknown_by_chance(tokens: pa.Table, kept: int) -> float:
    """Estimate the out-of-vocabulary rate of other texts from the same source.

    The vocabulary holds the most frequent tokens of these texts. By Good and Turing (Good 1953),
    the tokens that occur r times here make up (r + 1) N[r + 1] / N of other texts, where N[r] is
    the number of distinct tokens that occur r times, and N the number of all tokens. Unknown are
    those that do not occur here (r = 0), and those that the vocabulary leaves out.

    Args:
        tokens: the counts of the tokens.
        kept: size of the vocabulary, which has no token that occurs once.
    """
    counts = np.sort(tokens[COUNT].to_numpy())[::-1]
    total = int(counts.sum())
    if not total:
        return 0.0
    size = min(kept, int((counts > 1).sum()))
    left_out = np.bincount(counts[size:])
    r = np.flatnonzero(left_out)
    distinct = np.bincount(counts, minlength=len(left_out) + 1)
    expected = distinct[1] + np.sum(left_out[r] * (r + 1) * distinct[r + 1] / distinct[r])
    return min(float(expected) / total, 1.0)
