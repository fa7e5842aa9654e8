from __future__ import annotations

import numpy as np
import pytest

from tasks.modelling.statistics import bootstrap_means, percentile_interval


def test_the_interval_of_a_mean_is_near_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(3, 2, 2_000)
    low, high = percentile_interval(bootstrap_means(values, 4_000, seed=1), 0.95)
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert low == pytest.approx(values.mean() - half, abs=0.01)
    assert high == pytest.approx(values.mean() + half, abs=0.01)


def test_the_same_seed_draws_the_same_resamples() -> None:
    values = np.arange(50.0)
    one, other = bootstrap_means(values, 250, 1), bootstrap_means(values, 250, 1)
    assert one.shape == (250,)
    assert (one == other).all()
    assert (one != bootstrap_means(values, 250, 2)).any()


def test_a_constant_has_no_spread() -> None:
    assert percentile_interval(bootstrap_means(np.full(9, 2.5), 100, 0), 0.8) == (2.5, 2.5)
