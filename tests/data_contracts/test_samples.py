from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from data_contracts.samples import (
    correlation_error,
    divergence,
    fraction_error,
)

COUNTS = st.dictionaries(st.integers(80, 100), st.integers(0, 500), max_size=21)


@given(COUNTS)
def test_equal_counts_do_not_diverge(counts: dict[int, int]) -> None:
    found = divergence(counts, counts)
    assert found == 0.0 if sum(counts.values()) else math.isnan(found)


@given(COUNTS, COUNTS, st.randoms(use_true_random=False))
def test_divergence_is_finite_and_knows_no_order(
    counts: dict[int, int], reference: dict[int, int], random: object
) -> None:
    found = divergence(counts, reference)
    if not sum(counts.values()) or not sum(reference.values()):
        assert math.isnan(found)
        return
    assert 0 <= found < math.inf
    keys = list(counts)
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert divergence({key: counts[key] for key in keys}, reference) == found


def test_counts_that_share_no_cell_diverge_far_and_finitely() -> None:
    assert 4 < divergence({80: 1_000}, {90: 1_000}) < math.inf


@pytest.mark.parametrize(("n", "m"), [(400, 400), (400, 2_000), (2_000, 2_000), (100_000, 2_000)])
def test_two_samples_of_one_distribution_hardly_diverge(n: int, m: int) -> None:
    rng = np.random.default_rng(0)
    cells = np.arange(80, 101)
    weights = np.exp(-(((cells - 88.5) / 3) ** 2) / 2)

    def sample(size: int) -> dict[int, int]:
        counts = rng.multinomial(size, weights / weights.sum())
        return dict(zip(cells.tolist(), counts.tolist(), strict=True))

    found = [divergence(sample(n), sample(m)) for _ in range(300)]
    assert np.mean(found) < 0.001
    assert np.quantile(found, 0.95) == 0


@pytest.mark.parametrize("size", [400, 2_000, 50_000])
def test_a_real_difference_remains(size: int) -> None:
    shares = np.array([0.2, 0.3, 0.3, 0.2])
    moved = np.array([0.1, 0.2, 0.3, 0.4])
    expected = float(np.sum(moved * np.log(moved / shares)))
    before, after = (dict(enumerate((size * s).astype(int).tolist())) for s in (shares, moved))
    # What chance may explain is taken off, and it is more for small samples.
    assert expected - 15 / size < divergence(after, before) < expected + 0.001


@pytest.mark.parametrize(("n", "m"), [(300, 300), (300, 100_000), (2_000, 2_000)])
def test_errors_are_what_samples_show(n: int, m: int) -> None:
    rng = np.random.default_rng(0)

    def correlation(size: int) -> float:
        return float(spearmanr(rng.random(size), rng.random(size)).statistic)

    differences = [correlation(n) - correlation(min(m, 2_000)) for _ in range(100)]
    assert np.std(differences) == pytest.approx(correlation_error(n, min(m, 2_000)), rel=0.25)
    shares = rng.binomial(n, 0.3, 1_000) / n - rng.binomial(m, 0.3, 1_000) / m
    assert np.std(shares) == pytest.approx(fraction_error(0.3, n, m), rel=0.1)


def test_samples_of_nothing_have_an_error_too() -> None:
    assert correlation_error(0, 0) > 1
    assert fraction_error(0.5, 0, 0) > 0.5
