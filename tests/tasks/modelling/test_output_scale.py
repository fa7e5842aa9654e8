from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.dataset import Target
from tasks.modelling.output_scale import DEVIATION, OutputScale
from tests.contracts import POINTS, SHARE

STARS = Target(name="stars", unit="", minimum=1, maximum=5, step=0.5)
targets = st.sampled_from([POINTS, STARS, SHARE])


def draw(target: Target, rows: int = 200) -> np.ndarray:
    """Possible values of a target."""
    random = np.random.default_rng(0)
    values = random.uniform(target.minimum, target.maximum, rows)
    if target.step:
        values = np.rint(values / target.step) * target.step
    return values.astype(np.float32)


@given(targets)
def test_every_target_has_the_same_centre_and_spread_on_the_networks_scale(target: Target) -> None:
    values = draw(target)
    encoded = OutputScale.of(values, target).encode(values)
    assert encoded.dtype == np.float32
    assert np.median(encoded) == pytest.approx(0, abs=1e-5)
    assert encoded.std() == pytest.approx(DEVIATION, rel=1e-4)


@given(targets)
def test_what_was_encoded_is_decoded_to_itself(target: Target) -> None:
    values = draw(target)
    scale = OutputScale.of(values, target)
    np.testing.assert_allclose(scale.decode(scale.encode(values)), values, rtol=1e-5)


@given(targets)
def test_the_output_before_training_is_the_median(target: Target) -> None:
    values = draw(target, 201)
    decoded = OutputScale.of(values, target).decode(np.zeros(3, np.float32))
    np.testing.assert_allclose(decoded, np.median(values), rtol=1e-6)


def test_predictions_are_rounded_to_the_step() -> None:
    outputs = np.array([-0.3, 0.2, 0.3], np.float32)
    decode = OutputScale(STARS, 3.0, 1.0).decode
    assert decode(outputs).tolist() == [2.5, 3.0, 3.5]
    assert OutputScale(SHARE, 0.5, 1.0).decode(outputs) == pytest.approx([0.2, 0.7, 0.8])


def test_the_step_is_as_wide_as_two_neighbouring_values_are_apart() -> None:
    scale = OutputScale.of(draw(STARS), STARS)
    one, other = scale.encode(np.array([3.0, 3.5], np.float32))
    assert scale.step == pytest.approx(other - one, rel=1e-5)
    assert OutputScale.of(draw(SHARE), SHARE).step is None


def test_targets_that_are_all_equal_keep_their_unit() -> None:
    scale = OutputScale.of(np.full(5, 88, np.float32), POINTS)
    assert (scale.center, scale.unit, scale.step) == (88, 1, 1)
    assert scale.encode(np.array([88, 90], np.float32)).tolist() == [0, 2]
