from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.registry import (
    get_expectation_impl,
    list_registered_expectation_implementations,
)
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.contract import load_contract
from data_contracts.known_expectations import EXPECTATIONS
from data_contracts.row_checks import (
    begins_with,
    has_usual_value,
    is_multiple,
    lacks_number,
    within_copies,
)
from tests.data_contracts.contract_document import ON_THE_SCALE
from tests.data_contracts.single_rule import NOTHING, check

pytestmark = pytest.mark.heavy

ROW_EXPECTATIONS = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)


def test_great_expectations_knows_every_expectation_that_a_contract_may_name() -> None:
    import data_contracts.expectations  # noqa: F401 - registers ours

    assert set(list_registered_expectation_implementations()) >= EXPECTATIONS.keys()


def test_no_expectation_of_the_whole_file_is_listed_in_vain() -> None:
    whole_file = {
        name
        for name in EXPECTATIONS
        if not issubclass(get_expectation_impl(name), ROW_EXPECTATIONS)
    }
    assert {rule.expectation for rule in load_contract().rules} >= whole_file


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        (["a", "b", "c"], []),
        (["a", "a", "b"], []),
        (["a", "a", "a"], [2]),
        (["a", "b", "a", "b", "a", "b", "a"], [4, 5, 6]),
        ([None, None, None, None], []),
        (["a", None, "a", None, "a"], [4]),
        ([], []),
    ],
)
def test_a_value_may_stand_so_often(values: list[str | None], broken: list[int]) -> None:
    found = check(
        "expect_column_values_to_stand_at_most",
        {"column": "description", "max_copies": 2},
        description=values,
    )
    assert found.passed == (not broken)
    assert found.unexpected_count == len(broken)
    assert [row for row, _ in found.examples] == broken


@pytest.mark.parametrize(("mostly", "holds"), [(0.75, True), (0.76, False)])
def test_a_share_of_the_values_may_stand_more_often(mostly: float, holds: bool) -> None:
    arguments = {"column": "description", "max_copies": 2, "mostly": mostly}
    expectation = "expect_column_values_to_stand_at_most"
    found = check(expectation, arguments, description=["a", "a", "a", "b"])
    assert (found.passed, found.unexpected_count) == (holds, 1)
    assert {"mostly", "max_copies"} <= set(get_expectation_impl(expectation).success_keys)


@pytest.mark.parametrize(
    ("keys", "values", "broken"),
    [
        (["a", "b", "c"], [1, 2, 3], []),
        (["a", "a", "b"], [1, 1, 1], []),
        (["a", "a", "b"], [1, 2, 1], [0, 1]),
        (["a", "b", "a", "a"], [1, 2, 1, 3], [3]),
        (["a", "a", "b"], [1, None, 1], []),
        ([None, None, "b"], [1, 2, 1], []),
        (["a", None, "a"], [1, None, 2], [0, 2]),
        (NOTHING, [1, 2, 3], []),
        (["a", "a", "a"], NOTHING, []),
        ([], [], []),
    ],
)
def test_a_key_decides_its_value(
    keys: list[str | None], values: list[int | None], broken: list[int]
) -> None:
    found = check(
        "expect_column_to_determine",
        {"column_A": "description", "column_B": "points"},
        description=keys,
        points=values,
    )
    assert found.passed == (not broken)
    assert found.unexpected_count == len(broken)
    assert [row for row, _ in found.examples] == broken


@pytest.mark.parametrize(("mostly", "holds"), [(0.75, True), (0.76, False)])
def test_a_share_of_the_keys_that_have_values_may_not_decide(mostly: float, holds: bool) -> None:
    found = check(
        "expect_column_to_determine",
        {"column_A": "province", "column_B": "country", "mostly": mostly},
        province=["a", "a", "a", "b", None, "c"],
        country=["X", "X", "Y", "X", "X", None],
    )
    assert (found.passed, found.unexpected_count) == (holds, 1)


@pytest.mark.parametrize(
    ("titles", "wineries", "broken"),
    [
        (["A 2012", "B 2013", "C"], ["A", "B", "C"], []),
        (["A 2012", "By A", "a 2012"], ["A", "A", "A"], [1, 2]),
        (["A", "A", "A"], [None, "", "A"], []),
        ([None, "A", None], ["A", "A", None], []),
        (["(A) 1", "(B", "C"], ["(A)", "(B", ".*"], [2]),
        (NOTHING, ["A", "B", "C"], []),
        (["A", "B", "C"], NOTHING, []),
        ([], [], []),
    ],
)
def test_a_title_begins_with_its_winery(
    titles: list[str | None], wineries: list[str | None], broken: list[int]
) -> None:
    found = check(
        "expect_column_pair_values_a_to_begin_with_b",
        {"column_A": "title", "column_B": "winery"},
        title=titles,
        winery=wineries,
    )
    assert found.passed == (not broken)
    assert found.unexpected_count == len(broken)
    assert [row for row, _ in found.examples] == broken


KEY, VALUE = st.sampled_from([None, "a", "b", "ab"]), st.sampled_from([None, "a", "b"])


@given(st.lists(st.tuples(KEY, VALUE), max_size=12))
def test_conditions_are_what_counting_by_hand_says(pairs: list[tuple[str, str]]) -> None:
    both = [(key, value) for key, value in pairs if key is not None and value is not None]
    keys = pd.Series([key for key, _ in both], dtype="str")
    values = pd.Series([value for _, value in both], dtype="str")
    assert has_usual_value(keys, values).tolist() == [
        all(both.count((key, value)) > both.count(b) for b in both if b[0] == key and b[1] != value)
        for key, value in both
    ]
    assert begins_with(keys, values).tolist() == [k.startswith(v) for k, v in both]
    assert within_copies(keys, 2).tolist() == [
        keys[:row].tolist().count(key) < 2 for row, key in enumerate(keys)
    ]


@pytest.mark.parametrize(
    ("text", "points", "holds"),
    [
        ("A wine of 88 points.", 88, True),
        ("Rating: 88.", 88, True),
        ("Firm (88)", 88, True),
        ("88 Firm", 88, True),
        ("88pts", 88, True),
        ("Score 88/100", 88, True),
        ("In 1988", 88, False),
        ("A wine of 880", 88, False),
        ("It costs 3.88 or 3,88", 88, False),
        ("Lot B88", 88, False),
        ("A wine of 88.", 89, False),
        ("88 and 1888", 18, False),
        ("18888 and then 88", 88, True),
    ],
)
def test_a_text_holds_its_own_number_by_itself(text: str, points: int, holds: bool) -> None:
    arguments = {"column_A": "description", "column_B": "points"}
    found = check(
        "expect_column_pair_values_a_to_not_hold_b",
        arguments,
        description=[text, "Firm.", None, text],
        points=[points, points, points, None],
    )
    assert (found.passed, found.unexpected_count) == (not holds, int(holds))


def test_numbers_are_looked_for_as_people_write_them() -> None:
    texts = pd.Series(["costs 12 USD", "costs 12.5 USD", "costs 12.0 USD"])
    prices = pd.Series([12.0, 12.5, 12.0])
    assert lacks_number(texts, prices).tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("text", "number", "holds"),
    [
        *[("costs 1295 USD", 12.5, False), ("12x5", 12.5, False), ("12x5 or 12.5", 12.5, True)],
        *[("12.55 or 12x5", 12.5, False), ("1234567.25", 1234567.25, True), ("1e3", 1, True)],
    ],
)
def test_a_decimal_point_is_no_other_character(text: str, number: float, holds: bool) -> None:
    # The first text holds the number's characters, so that the pattern itself decides.
    texts = pd.Series([f"{text} 12.50"], index=[7])
    found = lacks_number(texts, pd.Series([number], index=[7]))
    assert (found.index.tolist(), found.tolist()) == ([7], [not holds])


@pytest.mark.parametrize(
    ("step", "numbers", "broken"),
    [
        (0.5, [1, 1.5, 4.5, 1.25, None, 1.4999], [3, 5]),
        (1, [88, 88.5, -3, 0], [1]),
        (2, [80, 81, 82], [1]),
        # As floats, these are no exact multiples.
        (0.1, [0.1 * 3, 0.7, 2.3, 2.35], [3]),
        (0.01, [1.13, 19.99, 0.005], [2]),
        (0.5, [], []),
        (1000, [1_000_000, 1_000_500], [1]),
    ],
)
def test_numbers_are_multiples_of_a_step(
    step: float, numbers: list[float | None], broken: list[int]
) -> None:
    arguments = {"column": "price", "step": step}
    found = check("expect_column_values_to_be_multiples_of", arguments, price=numbers)
    assert found.passed == (not broken)
    assert [row for row, _ in found.examples] == broken
    assert "step" in get_expectation_impl("expect_column_values_to_be_multiples_of").success_keys


@pytest.mark.parametrize(("mostly", "holds"), [(0.75, True), (0.76, False)])
def test_a_share_of_the_numbers_may_lie_between_steps(mostly: float, holds: bool) -> None:
    arguments = {"column": "points", "step": 5, "mostly": mostly}
    expectation = "expect_column_values_to_be_multiples_of"
    found = check(expectation, arguments, points=[80, 85, 90, 91, None])
    assert (found.passed, found.unexpected_count) == (holds, 1)


@given(st.integers(-(10**6), 10**6), st.sampled_from([0.1, 0.25, 0.5, 1, 3, 1e-3]))
def test_every_multiple_of_a_step_is_one_and_its_middle_is_none(count: int, step: float) -> None:
    numbers = pd.Series([count * step, (count + 0.5) * step])
    assert is_multiple(numbers, step).tolist() == [True, False]


def test_conditions_on_no_rows_are_boolean() -> None:
    nothing = pd.Series([], dtype="str")
    for condition in (begins_with, has_usual_value, lacks_number):
        assert condition(nothing, nothing).dtype == bool
    assert is_multiple(pd.Series([], dtype="Int64"), 0.5).dtype == bool


# Row conditions


@pytest.mark.parametrize(
    ("condition", "broken"),
    [
        (None, [0, 1, 3, 4]),
        (ON_THE_SCALE, [3, 4]),
        ({"type": "nullity", "column": {"name": "points"}, "is_null": False}, [0, 1, 3, 4]),
        ({"type": "nullity", "column": {"name": "points"}, "is_null": True}, []),
    ],
)
def test_a_pair_is_checked_in_the_rows_that_meet_a_condition(
    condition: dict[str, Any] | None, broken: list[int]
) -> None:
    arguments = {"column_A": "description", "column_B": "points"}
    found = check(
        "expect_column_to_determine",
        arguments | ({"row_condition": condition} if condition else {}),
        description=["a", "a", None, "b", "b"],
        points=[880, 88, 88, 90, 91],
    )
    assert [row for row, _ in found.examples] == broken


@pytest.mark.parametrize(("sign", "count"), [("==", 0), ("<", 2), ("<=", 3), (">", 0), (">=", 2)])
def test_a_column_is_checked_in_the_rows_that_meet_a_condition(sign: str, count: int) -> None:
    points = {"type": "comparison", "column": {"name": "points"}, "operator": sign}
    arguments = {"column": "title", "row_condition": points | {"parameter": 85}}
    found = check(
        "expect_column_values_to_be_unique",
        arguments,
        title=["a", "a", "a", "a", "a", None],
        points=[84, 84, 85, 86, None, 85],
    )
    assert found.unexpected_count == count
