from __future__ import annotations

import numpy as np
import pytest

from tasks.modelling import statistics
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


def test_every_row_is_drawn_as_often_as_any_other() -> None:
    first, last = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
    for values in (first, last):
        assert bootstrap_means(values, 4_000, 0).mean() == pytest.approx(1 / 3, abs=0.02)


@pytest.mark.parametrize(
    ("rows", "drawn"), [(4, [(2, 4), (2, 4), (1, 4)]), (10, [(1, 10)] * 5), (11, [(1, 11)] * 5)]
)
def test_so_many_draws_are_held_at_a_time(
    monkeypatch: pytest.MonkeyPatch, rows: int, drawn: list[tuple[int, int]]
) -> None:
    asked = []

    class Asked(np.ndarray):
        def __getitem__(self, places):
            asked.append(places.shape)
            return np.asarray(self)[places]

    monkeypatch.setattr(statistics, "DRAWS_AT_ONCE", 10)
    assert bootstrap_means(np.arange(float(rows)).view(Asked), 5, 0).shape == (5,)
    assert asked == drawn


def test_as_much_is_cut_off_at_either_end() -> None:
    assert percentile_interval(np.arange(101.0), 0.9) == pytest.approx((5, 95))
    assert percentile_interval(np.arange(101.0), 0.5) == pytest.approx((25, 75))
