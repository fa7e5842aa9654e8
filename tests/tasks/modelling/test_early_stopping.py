"""The median stopping rule, and that a trial stops by its limits alone."""

from __future__ import annotations

import statistics

from hypothesis import given
from hypothesis import strategies as st

from tasks.modelling.early_stopping import TRIALS_MIN, Course, is_behind, make_limits

COURSES = [
    Course((3.0, 2.0, 1.5), 3),
    Course((2.8, 2.9, 1.7), 3),
    Course((3.2, 2.2, 1.4), 3),
    Course((2.6, 2.1, 2.3), 3),
]


def history(*maes: float) -> list[dict[str, float]]:
    return [{"loss": 1.0, "validation_mae": mae} for mae in maes]


def test_the_limit_is_the_median_of_the_best_so_far() -> None:
    assert make_limits(COURSES, 3) == [(2.8 + 3.0) / 2, (2.1 + 2.2) / 2]


def test_few_trials_make_no_limit() -> None:
    assert len(COURSES) == TRIALS_MIN
    assert make_limits(COURSES[1:], 3) == []
    assert make_limits([], 3) == []
    assert make_limits(COURSES, 1) == []


def test_other_numbers_of_epochs_are_compared_at_the_same_part() -> None:
    # After 2 and 3 of 6 epochs with the first of 3, after 4 and 5 with the second.
    first, second = make_limits(COURSES, 3)
    assert make_limits(COURSES, 6) == [None, first, first, second, second]


def test_a_course_that_ended_early_counts_with_its_best() -> None:
    short = [Course((1.0,), 3) for _ in range(TRIALS_MIN)]
    assert make_limits(short, 3) == [1.0, 1.0]


def test_a_training_is_behind_by_its_best_mae_so_far() -> None:
    limits = [None, 2.0]
    assert not is_behind([], limits)
    assert not is_behind(history(9.0), limits)
    assert is_behind(history(9.0, 2.1), limits)
    assert not is_behind(history(1.9, 2.1), limits)
    assert not is_behind(history(9.0, 2.0), limits)
    assert not is_behind(history(9.0, 9.0, 9.0), limits)


@given(st.lists(st.lists(st.floats(0.1, 9), min_size=4, max_size=4), min_size=4, max_size=9))
def test_at_least_half_of_the_trials_would_not_have_stopped(maes: list[list[float]]) -> None:
    limits = make_limits([Course(tuple(m), 4) for m in maes], 4)
    assert [limit is None for limit in limits] == [True, False, False]
    assert limits[1] == statistics.median(min(m[:2]) for m in maes)
    stopped = [m for m in maes if is_behind(history(*m[:2]), limits)]
    assert 2 * len(stopped) <= len(maes)
