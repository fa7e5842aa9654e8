from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import logistic

from tasks.modelling.losses import choose_loss, logistic_loss
from tasks.parameters import NetworkParameters

points_of = st.integers(80, 100)
locations = st.floats(75, 105)
log_spreads = st.floats(-2, 3)


def loss_of(points: float, location: float, log_spread: float) -> float:
    predicted = np.array([[location, log_spread]], np.float32)
    return float(logistic_loss(np.array([points], np.float32), predicted)[0])


@given(points_of, st.floats(-6, 6), log_spreads)
def test_the_loss_is_that_of_scipys_logistic_distribution(points, off, log_spread) -> None:
    location = np.float32(points + off)
    law = logistic(location, np.exp(log_spread))
    expected = -np.log(law.cdf(points + 0.5) - law.cdf(points - 0.5))
    np.testing.assert_allclose(
        loss_of(points, location, log_spread), expected, rtol=2e-3, atol=1e-4
    )


@given(st.floats(81, 99), log_spreads)
def test_the_probabilities_of_all_whole_points_add_up_to_one(location, log_spread) -> None:
    far = np.arange(-2000, 2200)
    losses = logistic_loss(
        far.astype(np.float32), np.full((len(far), 2), [location, log_spread], np.float32)
    )
    assert abs(np.exp(-np.asarray(losses)).sum() - 1) < 1e-3


@given(locations, st.floats(-200, 200), points_of)
def test_the_loss_is_finite_whatever_the_network_says(location, log_spread, points) -> None:
    assert np.isfinite(loss_of(points, location, log_spread))


def test_a_network_with_spread_learns_by_likelihood_others_by_absolute_error() -> None:
    assert choose_loss(NetworkParameters(spread=True)) is logistic_loss
    assert choose_loss(NetworkParameters()) == "mae"
