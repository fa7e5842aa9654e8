"""Bootstrap statistics for evaluation and promotion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

DRAWS_AT_ONCE = 4_000_000
"""Number of draws in memory at a time, 64 MB."""


def bootstrap_means(values: NDArray[np.float64], samples: int, seed: int) -> NDArray[np.float64]:
    """Resample the mean of `values` (Efron & Tibshirani 1993, chapter 6).

    Args:
        values: (rows,).
        samples: number of resamples; each draws as many rows with replacement.
        seed: seed of the draws.

    Returns:
        The mean of each resample, (samples,).
    """
    random = np.random.Generator(np.random.PCG64(seed))
    at_once = max(1, DRAWS_AT_ONCE // len(values))
    blocks = [min(at_once, samples - done) for done in range(0, samples, at_once)]
    draws = (random.integers(0, len(values), (block, len(values))) for block in blocks)
    return np.concatenate([values[drawn].mean(axis=1) for drawn in draws])


def lower_limit(
    differences: NDArray[np.float64], confidence: float, samples: int, seed: int
) -> float:
    """Return the one-sided lower limit of the mean difference by the paired percentile bootstrap.

    Efron & Tibshirani 1993, chapters 8 and 13.

    Args:
        differences: (rows,).
        confidence: between 0 and 1.
        samples: number of resamples.
        seed: seed of the draws.
    """
    means = bootstrap_means(differences, samples, seed)
    return float(np.percentile(means, 100 * (1 - confidence)))


def percentile_interval(means: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    """Return the percentile interval of bootstrap means (Efron & Tibshirani 1993, chapter 13)."""
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)
