"""Figures of counts, against numpy's, pandas' and SciPy's of the values themselves."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from data_contracts import figures
from data_contracts.counted_rows import Counted, FrameCounts
from data_contracts.counts import Counts

NUMBERS = st.lists(st.integers(-3, 3) | st.floats(-1e6, 1e6) | st.none(), max_size=20)


def count_numbers(numbers: list[float | None]) -> Counts:
    frame = pd.DataFrame({"x": pd.Series(numbers, dtype="float64")})
    return FrameCounts(frame).get(Counted("values", ("x",)))


def count_pairs(left: pd.Series, right: pd.Series) -> Counts:
    frame = pd.DataFrame({"left": left, "right": right})
    return FrameCounts(frame).get(Counted("pairs", ("left", "right")))


@given(NUMBERS, st.floats(0, 1))
def test_figures_are_those_of_the_values(numbers: list[float | None], share: float) -> None:
    counts, values = count_numbers(numbers), pd.Series(numbers, dtype="float64")
    given_values = values.dropna().to_numpy()
    assert figures.total(counts) == len(given_values)
    assert figures.distinct(counts) == values.nunique()
    same = {"nan_ok": True, "rel": 1e-9, "abs": 1e-6}
    assert figures.mean(counts) == pytest.approx(values.mean(), **same)
    assert figures.deviation(counts) == pytest.approx(values.std(), **same)
    expected = np.quantile(given_values, share) if len(given_values) else math.nan
    assert figures.quantile(counts, share) == pytest.approx(expected, **same)


@pytest.mark.parametrize(
    ("numbers", "width", "counts"),
    [
        ([80, 81, 81], 1, {80: 1, 81: 2}),
        ([1, 1.5, 4.5, 4.5], 0.5, {2: 1, 3: 1, 9: 2}),
        ([0.3, 0.1 * 3, 0.7], 0.1, {3: 2, 7: 1}),
        ([0.26, 0.24, 0.31], 0.1, {2: 1, 3: 2}),
        ([-1, float("nan"), 0], 1, {-1: 1, 0: 1}),
        ([1_000, 5_000], 1_000, {1: 1, 5: 1}),
        ([float("nan")], 1, {}),
        ([], 1, {}),
    ],
)
def test_numbers_are_counted_by_the_nearest_multiple(
    numbers: list[float], width: float, counts: dict[int, int]
) -> None:
    found = figures.count_levels(count_numbers(numbers), width)
    assert found == counts
    assert list(found) == sorted(found)
    assert {type(number) for pair in found.items() for number in pair} <= {int}


@pytest.mark.parametrize(
    ("numbers", "edges", "counts"),
    [
        ([1, 2, 3], [2], [1, 2]),
        ([1, 2, 3], [2, 3], [1, 1, 1]),
        ([0.3, 0.7, 0.6], [0.3, 0.7], [0, 2, 1]),
        ([-5.0, 1e9, float("nan")], [0, 1], [1, 0, 1]),
        ([float("nan")], [0, 1], [0, 0, 0]),
        ([], [0], [0, 0]),
    ],
)
def test_the_numbers_of_each_band_are_counted(
    numbers: list[float], edges: list[float], counts: list[int]
) -> None:
    assert figures.count_bands(count_numbers(numbers), edges) == counts


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=12))
def test_ranks_are_correlated_as_by_scipy(pairs: list[tuple[int, int]]) -> None:
    left, right = ([pair[side] for pair in pairs] for side in (0, 1))
    found = figures.correlate_ranks(count_pairs(pd.Series(left), pd.Series(right)))
    if min(len(set(left)), len(set(right))) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(left, right).statistic)
    texts = pd.Series(["é" * length for length in left], dtype="str")
    by_length = figures.correlate_ranks(count_pairs(texts, pd.Series(right)))
    assert by_length == pytest.approx(found, nan_ok=True)


def test_rows_that_lack_one_of_both_are_left_aside() -> None:
    texts = pd.Series(["a", "bb", None, "ccc"], dtype="str")
    found = figures.correlate_ranks(
        count_pairs(texts, pd.Series([80, 90, 95, None], dtype="Int64"))
    )
    assert found == pytest.approx(1)


def test_without_rows_there_is_no_correlation() -> None:
    nothing = count_pairs(pd.Series([], dtype="str"), pd.Series([], dtype="float64"))
    assert math.isnan(figures.correlate_ranks(nothing))


def test_large_whole_numbers_have_a_mean() -> None:
    frame = pd.DataFrame({"x": [2**62, 2**62, 2**62]})
    assert figures.mean(FrameCounts(frame).get(Counted("values", ("x",)))) == 2.0**62
