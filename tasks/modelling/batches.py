"""Reviews as batches of token numbers, in an order that derives from seed and epoch alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

WINDOW_BATCHES = 50
"""Batches within which reviews are sorted by length: enough for little padding, few enough that a
batch still mixes the whole training set."""


def count_tokens(tokens: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the tokens of each row of (rows, length) before the padding."""
    counts: NDArray[np.int64] = np.count_nonzero(tokens, axis=1)
    return counts


def order_for_epoch(
    lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """Shuffle the rows into batches of similar length.

    Args:
        lengths: tokens of each row.
        batch_size: rows in each batch but the last of a window.
        seed: seed of the training.
        epoch: number of the epoch, from 0.

    Returns:
        Row numbers of each batch; every row stands in exactly one.
    """
    random = np.random.Generator(np.random.PCG64([seed, epoch]))
    rows = random.permutation(len(lengths))
    batches: list[NDArray[np.int64]] = []
    for start in range(0, len(rows), batch_size * WINDOW_BATCHES):
        window = rows[start : start + batch_size * WINDOW_BATCHES]
        window = window[np.argsort(lengths[window], kind="stable")]
        batches += [window[i : i + batch_size] for i in range(0, len(window), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]


def order_by_length(lengths: NDArray[np.int64], batch_size: int) -> list[NDArray[np.int64]]:
    """Put the rows into batches from short to long, for prediction."""
    rows = np.argsort(lengths, kind="stable")
    return [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]


def make_dataset(
    tokens: NDArray[np.int32], points: NDArray[np.float32], batches: list[NDArray[np.int64]]
) -> tf.data.Dataset:
    """Make a dataset of batches cut to their longest review.

    Args:
        tokens: (rows, length), 0 pads on the right.
        points: (rows,), or (rows, targets).
        batches: row numbers of each batch.

    Returns:
        Pairs of int32 (batch, tokens) and float32 (batch,) or (batch, targets); its shapes are
        declared open, so that lengths never make TensorFlow trace anew.
    """
    lengths = count_tokens(tokens)

    def generate() -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
        for rows in batches:
            yield tokens[rows, : max(1, int(lengths[rows].max()))], points[rows]

    signature = (
        tf.TensorSpec((None, None), tf.int32),
        tf.TensorSpec((None, *points.shape[1:]), tf.float32),
    )
    dataset = tf.data.Dataset.from_generator(generate, output_signature=signature)
    cardinality = tf.data.experimental.assert_cardinality(len(batches))
    return dataset.apply(cardinality).prefetch(tf.data.AUTOTUNE)
