from __future__ import annotations

import numpy as np
import pytest

from tasks.modelling import word_vectors
from tasks.modelling.token_file import Tokens
from tasks.modelling.word_vectors import (
    STANDARD_DEVIATION,
    WINDOW_TOKENS,
    count_neighbours,
    make_word_vectors,
)


def test_neighbours_count_by_their_distance_and_padding_never() -> None:
    tokens = Tokens.of(np.array([[2, 3, 4, 0, 0], [2, 3, 0, 0, 0]], np.int32))
    counts = count_neighbours(tokens, 6).toarray()
    assert counts[2, 3] == counts[3, 2] == 2
    assert counts[2, 4] == counts[4, 2] == 0.5
    assert counts[3, 4] == 1
    assert counts[0].sum() == counts[5].sum() == 0


def test_nothing_beyond_the_window_counts() -> None:
    row = np.arange(2, 2 + WINDOW_TOKENS + 2)[None].astype(np.int32)
    counts = count_neighbours(Tokens.of(row), 20).toarray()
    assert counts[2, 2 + WINDOW_TOKENS] > 0
    assert counts[2, 3 + WINDOW_TOKENS] == 0


def test_counts_do_not_depend_on_how_many_texts_are_read_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(1)
    padded = random.integers(1, 9, (50, 12)).astype(np.int32)
    padded[np.arange(12) >= random.integers(0, 13, (50, 1))] = 0
    tokens, expected = Tokens.of(padded), np.zeros((9, 9))
    for row in padded:
        words = row[row > 0]
        for one in range(len(words)):
            for other in range(max(0, one - WINDOW_TOKENS), one):
                expected[words[one], words[other]] += 1 / (one - other)
                expected[words[other], words[one]] += 1 / (one - other)
    whole = count_neighbours(tokens, 9).toarray()
    assert whole.dtype == np.float32
    np.testing.assert_allclose(whole, expected, rtol=1e-6)
    monkeypatch.setattr(word_vectors, "ROWS_AT_ONCE", 7)
    np.testing.assert_array_equal(count_neighbours(tokens, 9).toarray(), whole)


def make_texts() -> Tokens:
    """Words 2 and 3 stand among the same others (10 to 14), word 4 among different ones."""
    random = np.random.default_rng(0)
    rows = []
    for _ in range(300):
        word = int(random.integers(2, 5))
        others = random.integers(15, 20, 4) if word == 4 else random.integers(10, 15, 4)
        rows.append([*others[:2], word, *others[2:]])
    return Tokens.of(np.array(rows, np.int32))


def test_words_that_are_used_alike_get_vectors_that_are_alike() -> None:
    vectors = make_word_vectors(make_texts(), 25, 8, seed=0)
    norms = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    likeness = norms @ norms.T
    assert likeness[2, 3] > 0.9
    assert likeness[2, 4] < 0.5
    assert np.isclose(vectors.std(), STANDARD_DEVIATION, rtol=1e-3)
    np.testing.assert_allclose(vectors[[0, 1, 24]], 0, atol=1e-6)


def test_the_same_texts_give_the_same_vectors() -> None:
    one, other = (make_word_vectors(make_texts(), 25, 8, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_small_vocabularies_and_texts_without_neighbours_give_vectors_too() -> None:
    few = Tokens.of(np.array([[1, 2, 1], [2, 2, 0]], np.int32))
    assert make_word_vectors(few, 3, 8, seed=0).shape == (3, 8)
    alone = Tokens.of(np.array([[2, 0], [3, 0]], np.int32))
    assert not make_word_vectors(alone, 5, 4, seed=0).any()
    assert not make_word_vectors(Tokens.of(np.zeros((2, 3), np.int32)), 5, 4, seed=0).any()
