"""Texts as Keras' vectorizer sees them by default, tokenized by Arrow: thousands in a blink."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

PUNCTUATION = r"[!-/:-@\[-`{-~]"
"""What Keras' `lower_and_strip_punctuation` strips: the ASCII punctuation, and nothing beyond."""

ROWS_AT_A_TIME = 65_536
"""So that the tokens of a large file never stand in memory all at once."""


def tokenize(texts: pa.Array) -> pa.ListArray:
    """Split texts into tokens as Keras' `TextVectorization` does by default.

    Lower case, punctuation and white space are ASCII's alone, as there: `É` stays as it is, and a
    no-break space separates nothing.

    Args:
        texts: strings, nulls allowed.

    Returns:
        A list of strings for each text, empty where nothing is left; null for a null.
    """
    plain = pc.replace_substring_regex(pc.ascii_lower(texts), PUNCTUATION, "")
    plain = pc.ascii_trim_whitespace(plain)
    tokens = pc.ascii_split_whitespace(plain)
    # Splitting an empty text gives one empty token.
    return pc.if_else(pc.equal(plain, ""), pa.scalar([], tokens.type), tokens)


def count_tokens(texts: pa.ChunkedArray) -> tuple[pa.Table, pa.Array]:
    """Count the tokens of a column of texts.

    Returns:
        A table with each `token` once and its `count` (int64), and for each text its number of
        tokens (int32, null for a null).
    """
    counts, lengths = [], []
    for part in _slices(texts):
        tokens = tokenize(part)
        lengths.append(pc.list_value_length(tokens))
        values = pc.value_counts(pc.list_flatten(tokens))
        counts.append(pa.table({"token": values.field("values"), "count": values.field("counts")}))
    empty = pa.table({"token": pa.array([], pa.string()), "count": pa.array([], pa.int64())})
    found = pa.concat_tables([empty, *counts]).group_by("token").aggregate([("count", "sum")])
    table = found.rename_columns({"count_sum": "count"})
    return table, pa.chunked_array(lengths, pa.int32()).combine_chunks()


def _slices(texts: pa.ChunkedArray) -> Iterator[pa.Array]:
    for chunk in texts.chunks:
        for start in range(0, len(chunk), ROWS_AT_A_TIME):
            yield chunk.slice(start, ROWS_AT_A_TIME)


def unknown_fraction(tokens: pa.Table, vocabulary: pa.Array) -> float:
    """Share of all tokens, each counted as often as it stands, that a vocabulary does not hold."""
    known = pc.is_in(tokens["token"], vocabulary)
    total = pc.sum(tokens["count"]).as_py() or 0
    held = pc.sum(pc.if_else(known, tokens["count"], 0)).as_py() or 0
    return 1 - held / total if total else 0.0


def unknown_by_chance(tokens: pa.Table, kept: int) -> float:
    """Estimate the share of tokens that other texts of the same kind have beyond a vocabulary.

    By Good and Turing (Good 1953) the tokens that stand r times make up (r + 1) N[r + 1] / N of
    other texts, where N[r] different ones stand r times here, and N is the number of all. Unknown
    are those that never stood here (r = 0) and those that did and were forgotten.

    Args:
        tokens: each `token` and its `count`.
        kept: how many of those that stand at least twice the vocabulary holds, the most frequent.
    """
    counts = np.sort(tokens["count"].to_numpy())[::-1]
    total = int(counts.sum())
    if not total:
        return 0.0
    often = counts[counts > 1]
    forgotten = np.bincount([*often[kept:], *counts[len(often) :]])
    r = np.flatnonzero(forgotten)
    different = np.bincount(counts, minlength=len(forgotten) + 1)
    expected = different[1] + np.sum(forgotten[r] * (r + 1) * different[r + 1] / different[r])
    return min(float(expected) / total, 1.0)
