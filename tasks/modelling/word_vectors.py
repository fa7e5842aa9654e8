"""Vectors of words, from the words that stand near them in the training texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

WINDOW_TOKENS = 5
"""Neighbours that count on each side, one at distance d as 1 / d (Levy et al. 2015, section 3.1;
GloVe, Pennington et al. 2014, weighs distances so)."""
CONTEXT_EXPONENT = 0.75
"""Raises the share of rare contexts (Levy et al. 2015, section 3.2)."""
STANDARD_DEVIATION = 0.2
"""Of all vectors' parts; chosen on validation MAE."""


def count_neighbours(tokens: NDArray[np.int32], vocabulary_size: int) -> sparse.csr_array:
    """Count how often two tokens stand near each other, the nearer the more.

    Args:
        tokens: (rows, length), 0 pads.
        vocabulary_size: token numbers run from 0 to this, exclusive.

    Returns:
        Symmetric float32 (vocabulary_size, vocabulary_size).
    """
    shape = (vocabulary_size, vocabulary_size)
    counts = sparse.csr_array(shape, dtype=np.float32)
    for distance in range(1, min(WINDOW_TOKENS, tokens.shape[1] - 1) + 1):
        left, right = tokens[:, :-distance].ravel(), tokens[:, distance:].ravel()
        there = (left > 0) & (right > 0)
        weights = np.full(int(there.sum()), 1 / distance, np.float32)
        counts += sparse.csr_array((weights, (left[there], right[there])), shape)
    return (counts + counts.T).tocsr()


def make_word_vectors(
    tokens: NDArray[np.int32], vocabulary_size: int, units: int, seed: int
) -> NDArray[np.float32]:
    """Factorize the positive pointwise mutual information of neighbouring tokens.

    Levy, Goldberg and Dagan 2015, section 2.2, with the singular values' square roots (section
    3.3). Words that are used alike get vectors that are alike before training has begun.

    Args:
        tokens: of the training texts, (rows, length), 0 pads.
        vocabulary_size: token numbers run from 0 to this, exclusive.
        units: length of each vector; where the vocabulary is smaller, the rest is 0.
        seed: of the factorization.

    Returns:
        Vectors (vocabulary_size, units); 0 for tokens without neighbours.
    """
    counts = count_neighbours(tokens, vocabulary_size).tocoo()
    vectors = np.zeros((vocabulary_size, units), np.float32)
    if not counts.nnz:
        return vectors
    often = np.bincount(counts.row, counts.data, vocabulary_size)
    context = often**CONTEXT_EXPONENT
    expected = often[counts.row] * context[counts.col] / context.sum()
    information = np.maximum(np.log(counts.data / expected), 0).astype(np.float32)
    matrix = sparse.csr_array((information, (counts.row, counts.col)), counts.shape)
    matrix.eliminate_zeros()
    rank = min(units, vocabulary_size - 1)
    left, values, _ = randomized_svd(matrix, rank, random_state=seed)
    vectors[:, :rank] = left * np.sqrt(values)
    return vectors * (STANDARD_DEVIATION / (vectors.std() or 1))
