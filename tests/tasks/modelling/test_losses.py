from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import logistic

from tasks.configuration.parameters import NetworkParameters
from tasks.modelling.losses import (
    AUXILIARY_WEIGHT,
    CLASS_WEIGHT,
    choose_loss,
    logistic_loss,
)

pytestmark = pytest.mark.heavy

points_of = st.integers(80, 100)
steps = st.sampled_from([0.1, 0.5, 1.0, 3.0])
locations = st.floats(75, 105)
log_scales = st.floats(-2, 3)


def loss_of(target: float, location: float, log_scale: float, step: float | None = 1.0) -> float:
    predicted = np.array([[location, log_scale]], np.float32)
    return float(logistic_loss(np.array([target], np.float32), predicted, step)[0])


@given(points_of, st.floats(-3, 3), st.floats(-1, 3), steps)
def test_the_loss_is_that_of_scipys_logistic_distribution(points, off, log_scale, step) -> None:
    location = np.float32(points + off)
    law = logistic(location, np.exp(log_scale))
    expected = -np.log(law.cdf(points + step / 2) - law.cdf(points - step / 2))
    loss = loss_of(points, location, log_scale, step)
    np.testing.assert_allclose(loss, expected, rtol=2e-3, atol=1e-4)


@given(st.floats(-30, 30), st.floats(-3, 3), st.floats(-1, 3))
def test_without_a_step_the_loss_is_scipys_logistic_density(target, off, log_scale) -> None:
    target, location = np.float32(target), np.float32(target + off)
    expected = -logistic(location, np.exp(log_scale)).logpdf(target)
    loss = loss_of(target, location, log_scale, None)
    np.testing.assert_allclose(loss, expected, rtol=2e-3, atol=1e-4)


@given(st.floats(81, 99), log_scales, st.sampled_from([0.5, 1.0]))
def test_the_probabilities_of_all_multiples_of_the_step_add_up_to_one(
    location, log_scale, step
) -> None:
    far = np.arange(-2000, 2200, step)
    losses = logistic_loss(
        far.astype(np.float32), np.full((len(far), 2), [location, log_scale], np.float32), step
    )
    assert abs(np.exp(-np.asarray(losses)).sum() - 1) < 1e-3


@given(locations, st.floats(-200, 200), points_of, st.one_of(st.none(), steps))
def test_the_loss_is_finite_whatever_the_network_says(location, log_scale, points, step) -> None:
    assert np.isfinite(loss_of(points, location, log_scale, step))


@pytest.mark.parametrize("step", [None, 0.5, 1.0])
def test_a_network_with_spread_learns_by_likelihood_others_by_absolute_error(step) -> None:
    targets, outputs = np.array([[90.0]], np.float32), np.array([[88.0, 0.5]], np.float32)
    by_likelihood = choose_loss(NetworkParameters(log_scale=True), step)(targets, outputs)
    assert float(by_likelihood[0]) == loss_of(90, 88, 0.5, step)
    assert float(choose_loss(NetworkParameters(), step)(targets, outputs[:, :1])[0]) == 2


def test_auxiliary_targets_add_their_share_where_they_are_known() -> None:
    loss = choose_loss(NetworkParameters(log_scale=True), 1.0, auxiliary_targets=(1, 3))
    outputs = np.tile(np.array([88, 0, 0.5, 1, 2, 3], np.float32), (3, 1))
    targets = np.array([[90, 1.5, 2], [90, np.nan, 2], [90, 1.5, -1]], np.float32)
    alone = loss_of(90, 88, 0)
    price = AUXILIARY_WEIGHT * 1.0
    surprise = -np.log(np.exp(3) / np.exp([1, 2, 3]).sum())
    classes = AUXILIARY_WEIGHT * CLASS_WEIGHT * surprise
    expected = [alone + price + classes, alone + classes, alone + price]
    np.testing.assert_allclose(loss(targets, outputs), expected, rtol=1e-5)
