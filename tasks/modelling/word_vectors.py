"""Initial word vectors from the co-occurrence of words in the training texts."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

from tasks.modelling.token_file import Tokens

WINDOW_TOKENS = 5
"""Window on each side (Levy et al. 2015, section 3.1); a neighbour at distance d has the weight
1 / d, as in GloVe (Pennington et al. 2014)."""
CONTEXT_EXPONENT = 0.75
"""Smooths the distribution of contexts (Levy et al. 2015, section 3.2)."""
WEIGHT_UNITS = math.lcm(*range(1, WINDOW_TOKENS + 1))
"""Weights are summed in whole units, so that no rounding depends on the order of the texts."""
ROWS_AT_ONCE = 20_000
STANDARD_DEVIATION = 0.2
"""Standard deviation of the vectors' elements; chosen by validation MAE."""


def count_neighbours(tokens: Tokens, vocabulary_size: int) -> sparse.csr_array:
    """Sum the weights of neighbouring tokens.

    Args:
        tokens: of the texts.
        vocabulary_size: token numbers are below this.

    Returns:
        A symmetric matrix, float32 (vocabulary_size, vocabulary_size).
    """
    shape = (vocabulary_size, vocabulary_size)
    counts = sparse.csr_array(shape, dtype=np.int64)
    rows = len(tokens.starts) - 1
    for start in range(0, rows, ROWS_AT_ONCE):
        padded = tokens.pad(np.arange(start, min(start + ROWS_AT_ONCE, rows)))
        for distance in range(1, min(WINDOW_TOKENS, padded.shape[1] - 1) + 1):
            left, right = padded[:, :-distance].ravel(), padded[:, distance:].ravel()
            is_pair = (left > 0) & (right > 0)
            weights = np.full(int(is_pair.sum()), WEIGHT_UNITS // distance)
            counts += sparse.csr_array((weights, (left[is_pair], right[is_pair])), shape)
    return ((counts + counts.T) / WEIGHT_UNITS).tocsr().astype(np.float32)


def make_word_vectors(
    tokens: Tokens, vocabulary_size: int, units: int, seed: int
) -> NDArray[np.float32]:
    """Factorize the positive pointwise mutual information of neighbouring tokens.

    Levy, Goldberg and Dagan 2015, section 2.2, with square roots of the singular values (section
    3.3). So words with similar neighbours start the training with similar vectors.

    Args:
        tokens: of the training texts.
        vocabulary_size: token numbers are below this.
        units: length of each vector; padded with 0 if the vocabulary is smaller.
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
