"""The figures that evaluation and promotion share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_ROWS = 100


def bootstrap_means(values: NDArray[np.float64], samples: int, seed: int) -> NDArray[np.float64]:
    """Resample the mean of `values` (Efron & Tibshirani 1993, chapter 6).

    Args:
        values: one figure per row, (rows,).
        samples: number of resamples, each of as many rows, drawn with replacement.
        seed: seed of the draws.

    Returns:
        The mean of each resample, (samples,).
    """
    random = np.random.Generator(np.random.PCG64(seed))
    means = [
        values[
            random.integers(0, len(values), (min(BLOCK_ROWS, samples - done), len(values)))
        ].mean(axis=1)
        for done in range(0, samples, BLOCK_ROWS)
    ]
    return np.concatenate(means)


def percentile_interval(means: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Return the percentile interval of bootstrap means (Efron & Tibshirani 1993, chapter 13)."""
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)
