"""Batches of token numbers; seed and epoch alone determine their order."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from tasks.modelling.token_file import Tokens

WINDOW_BATCHES = 50
"""Number of batches in which reviews are sorted by length: a compromise between little padding and
well-mixed batches."""


def order_for_epoch(
    lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """Shuffle the rows into batches of similar length.

    Args:
        lengths: number of tokens of each row.
        batch_size: number of rows in a batch; the last of a window may have fewer.
        seed: seed of the training.
        epoch: number of the epoch, from 0.

    Returns:
        The row numbers of each batch; each row is in exactly one batch.
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
    """Sort the rows by length into batches, for prediction."""
    rows = np.argsort(lengths, kind="stable")
    return [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]


def make_dataset(
    tokens: Tokens, targets: NDArray[np.float32], batches: list[NDArray[np.int64]]
) -> tf.data.Dataset:
    """Make a dataset of batches, each cut to its longest review.

    Args:
        tokens: of the reviews.
        targets: (rows,), or (rows, number of targets).
        batches: row numbers of each batch.

    Returns:
        Pairs of int32 (batch, tokens) and float32 (batch,) or (batch, targets). The dimensions are
        None in the signature, so that TensorFlow does not retrace for each length.
    """

    def generate() -> Iterator[tuple[NDArray[np.int32], NDArray[np.float32]]]:
        for rows in batches:
            yield tokens.pad(rows), targets[rows]

    signature = (
        tf.TensorSpec((None, None), tf.int32),
        tf.TensorSpec((None, *targets.shape[1:]), tf.float32),
    )
    dataset = tf.data.Dataset.from_generator(generate, output_signature=signature)
    cardinality = tf.data.experimental.assert_cardinality(len(batches))
    return dataset.apply(cardinality).prefetch(tf.data.AUTOTUNE)
