from __future__ import annotations

import pyarrow as pa
import pytest

from data_contracts.expectations import VOCABULARIES, VOCABULARIES_MAX, Vocabularies
from tests.data_contracts.single_rule import NOTHING, check, passes

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize(
    ("rows", "reference", "holds"),
    [
        (3, 3, True),
        (3, 6, True),
        (3, 7, False),
        (3, 2, True),
        (4, 2, False),
        (0, 3, False),
        (1, 0, True),
    ],
)
def test_rows_are_compared_with_a_reference(rows: int, reference: int, holds: bool) -> None:
    arguments = {"reference_rows": reference, "min_value": 0.5, "max_value": 1.5}
    assert (
        passes("expect_table_row_count_ratio_to_be_between", arguments, title=["a"] * rows) == holds
    )


NEAR = "expect_column_pair_rank_correlation_to_stay_near"
DIVERGENCE = "expect_column_divergence_from_reference_to_be_between"


@pytest.mark.parametrize(
    ("points", "reference", "holds"),
    [
        ([80, 90, 90], {80: 1, 90: 2}, True),
        ([90, 80, 90], {80: 1_000, 90: 2_000}, True),
        ([80] * 300, {90: 300}, False),
        ([80] * 300 + [None] * 300, {80: 1_000}, True),
        ([101] * 300, {80: 1_000}, False),
        (NOTHING, {80: 1}, False),
        ([], {80: 1}, False),
        ([80, 80, 80], {}, False),
    ],
)
def test_points_are_distributed_as_a_reference(
    points: list[int | None], reference: dict[int, int], holds: bool
) -> None:
    arguments = {"column": "points", "reference_counts": reference, "max_value": 0.1}
    found = check(DIVERGENCE, arguments, points=points)
    assert found.passed == holds
    assert found.unexpected_count is None
    none_given = not reference or not any(value is not None for value in points)
    assert (found.observed == "no value") == none_given


@pytest.mark.parametrize(
    ("width", "points", "reference", "holds"),
    [
        (0.5, [1.5, 2.0], {3: 1, 4: 1}, True),
        (0.5, [1.5] * 300, {3: 300}, True),
        (0.5, [1.5] * 300, {2: 300}, False),
        # What is no multiple counts as the nearest one.
        (0.5, [1.4] * 300, {3: 300}, True),
        (0.1, [0.1 * 3] * 300, {3: 300}, True),
        (5, [88.0] * 300, {18: 300}, True),
        (1, [88.0] * 300, {88: 300}, True),
    ],
)
def test_numbers_are_compared_in_multiples_of_a_width(
    width: float, points: list[float], reference: dict[int, int], holds: bool
) -> None:
    arguments = {"column": "price", "reference_counts": reference, "max_value": 0.1}
    assert passes(DIVERGENCE, arguments | {"width": width}, price=points) == holds


UNKNOWN = "expect_column_out_of_vocabulary_rate_to_be_between"


@pytest.mark.parametrize(
    ("texts", "bounds", "holds"),
    [
        (["The FIRM, wine.", None, "wine"], {"max_value": 0}, True),
        (["The firm wine", "odd", "wine wine"], {"max_value": 1 / 6 + 1e-6}, True),
        (["The firm wine", "odd", "wine wine"], {"max_value": 0.16}, False),
        (["odd", "odder", "oddest"], {"max_value": 0.99}, False),
        (["odd", "odder", "oddest"], {"min_value": 1}, True),
        (NOTHING, {"max_value": 0}, True),
        ([], {"max_value": 0}, True),
    ],
)
def test_words_are_looked_up_in_a_vocabulary(
    monkeypatch: pytest.MonkeyPatch,
    texts: list[str | None],
    bounds: dict[str, float],
    holds: bool,
) -> None:
    monkeypatch.setitem(VOCABULARIES, "abc", pa.array(["the", "firm", "wine"]))
    arguments = {"column": "description", "vocabulary": "abc"} | bounds
    assert passes(UNKNOWN, arguments, description=texts) == holds


def test_what_chance_explains_is_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VOCABULARIES, "abc", pa.array(["the", "firm", "wine"]))
    arguments = {"column": "description", "vocabulary": "abc", "max_value": 0.3}
    texts = ["the firm odd wine", "odder wine"]
    assert check(UNKNOWN, arguments, description=texts).observed == "33.33%"
    found = check(UNKNOWN, arguments | {"by_chance": 0.25}, description=texts)
    assert (found.passed, found.observed) == (True, "8.333%")
    assert check(UNKNOWN, arguments | {"by_chance": 0.5}, description=texts).observed == "0%"


def test_only_the_newest_vocabularies_are_kept() -> None:
    kept = Vocabularies()
    for number in range(2 * VOCABULARIES_MAX):
        kept[f"{number}"] = pa.array([])
        # One that is asked for again and again is always new.
        kept["often"] = pa.array(["a"])
    assert len(kept) == VOCABULARIES_MAX
    newest = range(2 * VOCABULARIES_MAX - VOCABULARIES_MAX + 1, 2 * VOCABULARIES_MAX)
    assert list(kept) == [*map(str, newest), "often"]


@pytest.mark.parametrize(
    ("prices", "before", "holds"),
    [
        ([12.0] * 300, {2: 300}, True),
        ([12.0] * 300 + [None] * 200, {2: 3_000}, True),
        ([24.0] * 300, {2: 300}, False),
        ([0.0] * 300, {0: 300}, True),
        (NOTHING, {2: 300}, False),
    ],
)
def test_numbers_between_edges_are_distributed_as_a_reference(
    prices: list[float | None], before: dict[int, int], holds: bool
) -> None:
    edges = {"edges": [5, 10, 15, 20, 25]}
    arguments = {"column": "price", "reference_counts": before, "max_value": 0.01} | edges
    expectation = "expect_column_histogram_divergence_from_reference_to_be_between"
    assert passes(expectation, arguments, price=prices) == holds


@pytest.mark.parametrize(
    ("words", "before", "holds"),
    [(4, {0: 300}, True), (5, {0: 300}, False), (5, {1: 300}, True), (500, {24: 300}, True)],
)
def test_lengths_are_distributed_as_a_reference(
    words: int, before: dict[int, int], holds: bool
) -> None:
    arguments = {"column": "description", "reference_counts": before, "max_value": 0.01}
    expectation = "expect_column_length_divergence_from_reference_to_be_between"
    assert passes(expectation, arguments, description=["a " * words] * 300) == holds


@pytest.mark.parametrize(
    ("points", "prices", "observed"),
    [
        ([80, 90, 100], [1.0, 2.0, 1000.0], "1"),
        ([80, 90, 100], [3.0, 2.0, 1.0], "-1"),
        ([80, 90, 100], [1.0, 3.0, 2.0], "0.5"),
        ([80, 90, None, 100], [1.0, 2.0, 0.0, None], "1"),
        ([80, 80, 80], [1.0, 2.0, 3.0], "no value"),
        ([80, 90, 100], [5.0, 5.0, 5.0], "no value"),
        ([80, 90, 100], NOTHING, "no value"),
        ([80, None, None], [1.0, 2.0, 3.0], "no value"),
        (NOTHING, NOTHING, "no value"),
        ([], [], "no value"),
    ],
)
def test_ranks_are_correlated(
    points: list[int | None], prices: list[float | None], observed: str
) -> None:
    arguments = {"column_A": "points", "column_B": "price", "min_value": 0.3}
    found = check(
        "expect_column_pair_rank_correlation_to_be_between", arguments, points=points, price=prices
    )
    assert found.observed == observed
    assert found.passed == (observed in ("1", "0.5"))


@pytest.mark.parametrize(
    ("before", "rows", "holds"),
    [
        (1.0, 1_000_000, True),
        (0.8, 1_000_000, True),
        # Of 300 rows, chance alone makes 0.18 of it.
        (0.7, 1_000_000, True),
        (0.6, 1_000_000, False),
        (0.6, 300, True),
        (-1.0, 1_000_000, False),
        (None, 1_000_000, True),
    ],
)
def test_a_rank_correlation_stays_near_a_reference(
    before: float | None, rows: int, holds: bool
) -> None:
    arguments = {
        "column_A": "description",
        "column_B": "points",
        "max_change": 0.15,
        "reference_correlation": before,
        "reference_rows": rows,
    }
    points = [80 + row % 20 for row in range(300)]
    texts = ["a" * number for number in points]
    found = check(NEAR, arguments, description=texts, points=points)
    assert found.passed == holds
    said = "nothing to compare with" if before is None else f"from {before:.3f} to 1.000"
    assert found.observed == said


@pytest.mark.parametrize(
    ("texts", "points"), [(["a", "b"], [80, 90]), (["a", "bb"], [80, 80]), (NOTHING, NOTHING)]
)
def test_a_correlation_that_is_none_stays_near_nothing(
    texts: list[str | None], points: list[int | None]
) -> None:
    arguments = {
        "column_A": "description",
        "column_B": "points",
        "max_change": 0.15,
        "reference_correlation": 0.5,
        "reference_rows": 1_000,
    }
    found = check(NEAR, arguments, description=texts, points=points)
    assert (found.passed, found.observed) == (False, "from 0.500 to nan")


def test_a_column_that_only_the_reference_has_is_left_aside() -> None:
    arguments = {
        "reference_null_fractions": {"gone": 0.0, "title": 0.0},
        "reference_rows": 2_000,
        "max_change": 0.1,
    }
    expectation = "expect_table_null_fractions_to_stay_near"
    assert passes(expectation, arguments, title=["a", "b"])
    assert not passes(expectation, arguments, title=[None] * 300)


@pytest.mark.parametrize(
    ("given_rows", "rows", "before", "holds"),
    [
        (2_000, 2_000, 1.0, False),
        (1_000, 2_000, 0.5, True),
        (1_000, 2_000, 0.38, True),
        (1_000, 2_000, 0.62, True),
        (1_000, 2_000, 0.3, False),
        (1_000, 2_000, 0.7, False),
        (0, 2_000, 1.0, True),
        (0, 2_000, 0.85, False),
        (2, 3, 0.5, True),
        (0, 0, 0.5, True),
    ],
)
def test_null_fractions_stay_near_a_reference(
    given_rows: int, rows: int, before: float, holds: bool
) -> None:
    titles = ["a"] * given_rows + [None] * (rows - given_rows)
    arguments = {
        "reference_null_fractions": {"title": before},
        "reference_rows": 2_000,
        "max_change": 0.1,
    }
    found = check("expect_table_null_fractions_to_stay_near", arguments, title=titles)
    assert found.passed == holds
    assert found.observed is not None
    assert ("title" in found.observed) == (not holds)


@pytest.mark.parametrize(
    ("before", "observed"), [(None, "new"), ("2026-01-05", "accepted 2026-01-05")]
)
def test_a_delivery_is_new(before: str | None, observed: str) -> None:
    found = check("expect_delivery_not_to_be_superseded", {"accepted_before": before}, title=["a"])
    assert (found.passed, found.observed) == (before is None, observed)
