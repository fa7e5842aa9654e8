"""The scale and the step that a draft gives a target."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.dataset import STEP_TOLERANCE, Target
from data_contracts.drafting.scale import STEPS, Scale, guess_scale
from tests.data_contracts.test_drafting import draft, reasons
from tests.other_reviews import halves, make_reviews

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1, 3, 5], Scale(1, 5, 1)),
        ([3.5, 5, 2], Scale(1, 5, 0.5)),
        ([0, 4.5], Scale(0, 5, 0.5)),
        ([2, 9], Scale(1, 10, 1)),
        ([80, 100, 91], Scale(80, 100, 1)),
        ([12, 99], Scale(0, 100, 1)),
        ([-3, 250], Scale(-3, 250, None)),
        ([0.123, 0.777], Scale(0, 1, None)),
        ([0.0015, 0.9995, 0.41234], Scale(0, 1, None)),
        ([12.34, 847.2, 100.123], Scale(10, 850, None)),
        ([-3.217, 1.893, 0.5], Scale(-3.3, 1.9, None)),
        ([1.00012, 1.00034, 1.0003], Scale(1.00012, 1.00034, None)),
        ([1234.5, 98765.4321, 2.125], Scale(0, 99_000, None)),
        ([137, 99_873, 512], Scale(0, 100_000, None)),
        ([4, 2_483, 517], Scale(0, 2_500, None)),
        ([17, 1_017], Scale(17, 1_017, None)),
        ([*range(400, 98_400, 100)], Scale(0, 99_000, 100)),
        ([*range(0, 51_000, 1_000)], Scale(0, 50_000, 1_000)),
        ([*range(10, 310, 10)], Scale(10, 300, 10)),
        ([80, 100, 90], Scale(80, 100, 1)),
        ([3e-9, 4.56789e-7, 9.9e-7], Scale(0, 9.9e-7, None)),
        ([2.100447, 3.899219, 3.141593], Scale(2.1, 3.9, None)),
    ],
)
def test_the_scale_is_guessed_from_the_values(values: list[float], scale: Scale) -> None:
    assert guess_scale(np.array(values, float)) == scale


@pytest.mark.parametrize(
    ("scale", "step", "different", "found"),
    [
        ((1, 5), 0.01, 40, 0.01),
        ((1, 5), 0.01, 39, None),
        ((0, 10), 0.05, 20, 0.05),
        ((0, 100), 0.25, 40, 0.25),
        ((0, 100), 0.25, 39, None),
        ((0, 100), 0.5, 20, 0.5),
        ((0, 100), 0.001, 9_999, None),
    ],
)
def test_many_steps_need_many_values(
    scale: tuple[float, float], step: float, different: int, found: float | None
) -> None:
    fractions = np.linspace(0, 1, different)
    values = np.rint((scale[0] + fractions * (scale[1] - scale[0])) / step) * step
    assert len(np.unique(values)) == different
    assert guess_scale(np.tile(values, 50)) == Scale(*scale, found)


def test_the_ends_of_a_scale_of_many_steps_leave_room_for_the_next_file() -> None:
    assert guess_scale(np.arange(5512, 9988) / 100) == Scale(55, 100, 0.01)


@given(
    st.sampled_from(STEPS),
    st.integers(-3_000, 3_000),
    st.lists(st.integers(0, 3_000), min_size=2, unique=True),
)
def test_a_step_leads_from_each_value_to_the_next(step: float, low: int, steps: list[int]) -> None:
    values = np.array([round((low + n) * step, 6) for n in steps])
    scale = guess_scale(values)
    assert scale.minimum <= values.min() < values.max() <= scale.maximum
    if scale.step:
        assert scale.step >= step
        places = np.array([*values, scale.minimum, scale.maximum]) / scale.step
        assert np.abs(places - np.rint(places)).max() < STEP_TOLERANCE


def test_hundredths_are_drafted_and_the_file_is_accepted(tmp_path: Path) -> None:
    reviews = make_reviews(lambda _, quality: f"{1 + 4 * quality:.2f}")
    contract = draft(reviews, tmp_path)
    stars = Target(name="stars", unit="", minimum=1, maximum=5, step=0.01)
    assert contract.dataset.target == stars
    assert (stars.format(3.14159), stars.format_error(0.20361)) == ("3.14", "0.204")
    assert reasons(contract, reviews) == []


def test_one_value_off_the_scale_does_not_decide_on_the_file(tmp_path: Path) -> None:
    reviews = make_reviews(halves, rows=300)
    contract = draft(reviews, tmp_path)
    place = reviews.header.index(reviews.target)
    rows = [[*row] for row in reviews.rows]
    rows[7][place] = "9999"
    assert reasons(contract, reviews._replace(rows=rows)) == []
    same = [[*row[:place], "5", *row[place + 1 :]] for row in rows]
    (spread, *_) = reasons(contract, reviews._replace(rows=same))
    assert "this breaks the rule stars_spread" in spread
