"""Statistics that compare two samples, and how much they differ by chance."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import chi2


def divergence(counts: dict[int, int], reference: dict[int, int]) -> float:
    """Compute by how many nats two samples of a discrete variable differ, beyond chance.

    This is the Kullback-Leibler divergence (Kullback & Leibler 1951) of the counts from the
    reference, with half an observation added to each cell of both (Jeffreys' prior). Subtracted
    from it is the 99th percentile for two samples of one distribution: there, twice the divergence
    divided by 1/n + 1/m is chi-squared, with one degree of freedom fewer than cells (Wilks 1938).

    Returns:
        The divergence, 0 if chance explains it; nan if a sample is empty.
    """
    cells = sorted(counts.keys() | reference.keys())
    n, m = sum(counts.values()), sum(reference.values())
    if not n or not m:
        return float("nan")
    p, q = (np.array([side.get(c, 0) + 0.5 for c in cells]) for side in (counts, reference))
    p, q = p / p.sum(), q / q.sum()
    chance = chi2.ppf(0.99, max(len(cells) - 1, 1)) / 2 * (1 / n + 1 / m)
    return round(max(float(np.sum(p * np.log(p / q))) - float(chance), 0.0), 6)


def correlation_error(n: int, m: int) -> float:
    """Standard error of the difference between two samples' rank correlations.

    For a single sample it is the root of 1.06 / (n - 3) if the true correlation is 0 (Fieller,
    Hartley & Pearson 1957), and smaller otherwise.
    """
    return math.sqrt(1.06 / max(n - 3, 1) + 1.06 / max(m - 3, 1))


def fraction_error(fraction: float, n: int, m: int) -> float:
    """Standard error of the difference between two samples' shares of the true share `fraction`."""
    return math.sqrt(fraction * (1 - fraction) * (1 / max(n, 1) + 1 / max(m, 1)))
