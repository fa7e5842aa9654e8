from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.modelling.intervals import Intervals, calibrate

LEVELS = (0.5, 0.8, 0.95)
errors_in_points = st.lists(st.floats(-20, 20), max_size=200).map(np.array)


def test_the_half_width_is_the_order_statistic_of_the_definition() -> None:
    errors = np.array([*range(1, 10), -10.0, *range(11, 20)])
    # ceil(20 * 0.8) = 16 and ceil(20 * 0.95) = 19 of the 19 distances 1, 2, ..., 19.
    assert calibrate(errors, (0.8, 0.95)).half_widths == {"80": 16, "95": 19}


def test_a_level_that_is_no_binary_fraction_moves_no_rank() -> None:
    # As a float, 0.56 * 25 is a little more than 14.
    assert calibrate(np.arange(1.0, 25), (0.56,)).half_widths == {"56": 14}


def test_too_few_rows_give_no_half_width_and_then_the_whole_scale() -> None:
    intervals = calibrate(np.arange(18.0), (0.8, 0.95))
    assert intervals.half_widths == {"80": 15, "95": None}
    bounds = intervals.bounds(np.array([88.0]), (80, 100))
    assert (bounds["lower_95"].tolist(), bounds["upper_95"].tolist()) == ([80], [100])
    assert calibrate(np.array([]), (0.5,)) == Intervals(rows=0, half_widths={"50": None})


def test_the_intervals_of_earlier_versions_are_read() -> None:
    given = '{"rows": 9, "half_widths_points": {"80": 1.5, "95": null}}'
    read = Intervals.model_validate_json(given)
    assert read == Intervals(rows=9, half_widths={"80": 1.5, "95": None})
    assert read.model_dump() == {"rows": 9, "half_widths": {"80": 1.5, "95": None}}
    assert Intervals.model_validate_json(read.model_dump_json()) == read


@given(errors=errors_in_points)
def test_a_higher_level_is_never_narrower(errors: np.ndarray) -> None:
    widths = calibrate(errors, LEVELS).half_widths.values()
    finite = [np.inf if width is None else width for width in widths]
    assert finite == sorted(finite)


@given(errors=errors_in_points, level=st.sampled_from(LEVELS))
def test_of_the_rows_that_it_was_measured_on_at_least_the_level_lies_within(
    errors: np.ndarray, level: float
) -> None:
    held = calibrate(errors, (level,)).contain(errors)
    (within,) = held.values()
    assert within.sum() >= level * len(errors) - 1e-9


@given(
    predicted=st.lists(st.floats(70, 110), min_size=1, max_size=20).map(np.array),
    width=st.one_of(st.none(), st.floats(0, 30)),
)
def test_bounds_stay_on_the_scale_in_order_and_hold_what_is_within(
    predicted: np.ndarray, width: float | None
) -> None:
    intervals = Intervals(rows=9, half_widths={"80": width})
    bounds = intervals.bounds(predicted, (80, 100))
    low, high = bounds["lower_80"], bounds["upper_80"]
    assert (low >= 80).all()
    assert (high <= 100).all()
    assert (low <= high).all()
    for points in range(80, 101):
        held = intervals.contain(predicted - points)["80"]
        slack = 1e-9
        assert (((low - slack <= points) & (points <= high + slack)) | ~held).all()


@pytest.mark.parametrize("rows", [19, 150])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_new_errors_of_the_same_kind_are_covered_as_promised(rows: int, level: float) -> None:
    """Whatever the law of the errors: here one with heavy tails, seen anew 4,000 times."""
    random = np.random.default_rng(0)
    draws = random.standard_t(2, (4_000, rows + 1))
    covered = [
        next(iter(calibrate(draw[:-1], (level,)).contain(draw[-1:]).values()))[0] for draw in draws
    ]
    spread = 4 * np.sqrt(level * (1 - level) / len(draws))
    assert level - spread <= np.mean(covered) <= level + 1 / (rows + 1) + spread
