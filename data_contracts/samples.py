"""Figures of two samples, and how far chance alone would set them apart."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import chi2


def divergence(counts: dict[int, int], reference: dict[int, int]) -> float:
    """Compute how far two samples of a discrete variable are from one distribution, in nats.

    The Kullback-Leibler divergence (Kullback & Leibler 1951) of the counts from the reference, half
    an observation added to each cell of both (Jeffreys' prior), less what 99 of 100 pairs of
    samples of one distribution stay below: twice the divergence, divided by 1/n + 1/m, is then
    chi-squared with one degree of freedom less than there are cells (Wilks 1938).

    Returns:
        The divergence, 0 where chance explains it; nan without any observation.
    """
    cells = sorted(counts.keys() | reference.keys())
    n, m = sum(counts.values()), sum(reference.values())
    if not n or not m:
        return float("nan")
    p, q = (np.array([side.get(c, 0) + 0.5 for c in cells]) for side in (counts, reference))
    p, q = p / p.sum(), q / q.sum()
    chance = chi2.ppf(0.99, max(len(cells) - 1, 1)) / 2 * (1 / n + 1 / m)
    return round(max(float(np.sum(p * np.log(p / q))) - float(chance), 0.0), 6)


def correlate_ranks(left: pd.Series, right: pd.Series) -> float:
    """Compute Spearman's rank correlation of two columns, of texts by their lengths.

    Returns:
        The correlation over the rows that have both; nan where one of them never varies.
    """
    both = pd.DataFrame({"left": _number(left), "right": _number(right)}).dropna()
    if (both.nunique() < 2).any():
        return float("nan")
    return float(both["left"].corr(both["right"], method="spearman"))


def _number(values: pd.Series) -> pd.Series:
    return values if pd.api.types.is_numeric_dtype(values) else values.str.len()


def correlation_error(n: int, m: int) -> float:
    """Standard error of the difference of two samples' rank correlations.

    Of one alone it is the root of 1.06 / (n - 3) for a correlation of 0 (Fieller, Hartley & Pearson
    1957), and less for any other.
    """
    return math.sqrt(1.06 / max(n - 3, 1) + 1.06 / max(m - 3, 1))


def fraction_error(fraction: float, n: int, m: int) -> float:
    """Standard error of the difference of two samples' shares, where both come from `fraction`."""
    return math.sqrt(fraction * (1 - fraction) * (1 / max(n, 1) + 1 / max(m, 1)))
