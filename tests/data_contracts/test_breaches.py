"""Which rows break an expectation, as pandas finds them: in frames whose index is no range."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from data_contracts.breaches import (
    AMONG_ROWS,
    CHECKABLE,
    OF_A_COLUMN,
    OF_A_DELIVERY,
    OF_A_PAIR,
    breaching_rows,
)

Texts = list[str | None]
Numbers = list[float | None]


def breaking(expectation: str, arguments: dict[str, Any], **columns: pd.Series) -> list[int]:
    """Number the rows that break an expectation of columns."""
    frame = pd.DataFrame(columns)
    frame.index = pd.Index([10 + 3 * row for row in range(len(frame))])
    found = breaching_rows(expectation, arguments, frame)
    assert found is not None
    assert (found.dtype, found.index.equals(frame.index)) == (bool, True)
    return [row for row, breaks in enumerate(found) if breaks]


def breaking_values(expectation: str, values: list[Any], dtype: str, **arguments: Any) -> list[int]:
    return breaking(
        f"expect_column_{expectation}",
        {"column": "x"} | arguments,
        x=pd.Series(values, dtype=dtype),
        other=pd.Series(range(len(values))),
    )


@pytest.mark.parametrize(
    ("expectation", "values", "arguments", "rows"),
    [
        ("values_to_not_be_null", ["a", None, ""], {}, [1]),
        ("values_to_be_null", ["a", None, ""], {}, [0, 2]),
        ("values_to_be_unique", ["a", "b", "a", None, None], {}, [0, 2]),
        ("value_lengths_to_be_between", ["a", "ab", None, "abc"], {"min_value": 2}, [0]),
        ("value_lengths_to_be_between", ["a", "ab", None, "abc"], {"max_value": 2}, [3]),
        ("values_to_match_regex", ["a1", "b", None, "1"], {"regex": "[0-9]"}, [1]),
        ("values_to_match_regex", ["a.", "ab"], {"regex": "a."}, []),
        ("values_to_not_match_regex", ["a1", "b", None, "1"], {"regex": "[0-9]"}, [0, 3]),
        ("values_to_not_be_in_set", ["a", "b", None], {"value_set": ["b", "c"]}, [1]),
        ("values_to_stand_at_most", ["a", "b", "a", None, None, "a"], {"max_copies": 1}, [2, 5]),
        ("values_to_stand_at_most", ["a", "b", "a", None, None, "a"], {"max_copies": 2}, [5]),
    ],
)
def test_texts_that_break_an_expectation(
    expectation: str, values: Texts, arguments: dict[str, Any], rows: list[int]
) -> None:
    assert breaking_values(expectation, values, "str", **arguments) == rows
    # A tolerance is the verdict's, and changes no row.
    assert breaking_values(expectation, values, "str", **arguments, mostly=0.1) == rows


@pytest.mark.parametrize(
    ("bounds", "rows"),
    [
        ({"min_value": 2}, [0]),
        ({"min_value": 2, "strict_min": True}, [0, 1]),
        ({"min_value": 2, "strict_max": True}, [0]),
        ({"max_value": 3}, [4]),
        ({"max_value": 3, "strict_max": True}, [2, 4]),
        ({"max_value": 3, "strict_min": True}, [4]),
        ({"min_value": 2, "max_value": 3}, [0, 4]),
        ({"min_value": 0, "max_value": 0}, [0, 1, 2, 4]),
        ({}, []),
    ],
)
@pytest.mark.parametrize("dtype", ["Int64", "float64"])
def test_numbers_out_of_bounds(bounds: dict[str, Any], rows: list[int], dtype: str) -> None:
    values: Numbers = [1, 2, 3, None, 4]
    assert breaking_values("values_to_be_between", values, dtype, **bounds) == rows


def test_numbers_that_do_not_increase() -> None:
    values: Numbers = [1, 2, None, 2, 5, 4, 4.5]
    assert breaking_values("values_to_be_increasing", values, "float64") == [3, 5]


@pytest.mark.parametrize(
    ("keys", "values", "rows"),
    [
        ("aaab", "xxyy", [2]),
        ("aabb", "xyxx", [0, 1]),
        # Three values of one key, and the second key's alone is as frequent.
        ("aaabbc", "xxyzzx", [2]),
        ("aaaabb", "xxyzyy", [2, 3]),
        ("aabbcc", "xxyyzy", [4, 5]),
        ("aaaaaa", "xxyyzz", [0, 1, 2, 3, 4, 5]),
    ],
)
def test_values_that_are_not_their_keys_usual_one(keys: str, values: str, rows: list[int]) -> None:
    found = breaking(
        "expect_column_to_determine",
        {"column_A": "key", "column_B": "value"},
        value=pd.Series(list(values), dtype="str"),
        key=pd.Series(list(keys), dtype="str"),
    )
    assert found == rows


@pytest.mark.parametrize("expectation", OF_A_PAIR)
def test_a_pair_of_empty_columns_is_broken_by_no_row(expectation: str) -> None:
    nothing = pd.Series([], dtype="str")
    pair = {"column_A": "a", "column_B": "b"}
    assert breaking(expectation, pair, a=nothing, b=nothing) == []
    assert OF_A_PAIR[expectation](nothing, nothing).dtype == bool


def test_pairs_are_asked_only_where_both_are_given() -> None:
    pair = {"column_A": "title", "column_B": "winery"}
    titles: Texts = ["A 2012", "B 2012", None, "A", "2012 A"]
    wineries: Texts = ["A", "A", "A", None, "A"]
    texts = {"winery": pd.Series(wineries, dtype="str"), "title": pd.Series(titles, dtype="str")}
    assert breaking("expect_column_pair_values_a_to_begin_with_b", pair, **texts) == [1, 4]


@pytest.mark.parametrize(
    ("text", "number", "holds"),
    [
        *[("88 points", 88, True), ("(88)", 88, True), ("88pts", 88, True), ("1988", 88, False)],
        *[("880", 88, False), ("3.88", 88, False), ("3,88", 88, False), ("B88", 88, False)],
        *[("b88", 88, False), ("none", 88, False), ("12.5 USD", 12.5, True)],
        *[("1295 USD", 12.5, False), ("1205 then 12.5", 12.5, True), ("1e3", 1, True)],
        *[("1234567.25", 1234567.25, True), ("12.55 or 12x5", 12.5, False)],
    ],
)
def test_a_text_that_holds_a_number_by_itself(text: str, number: float, holds: bool) -> None:
    found = breaking(
        "expect_column_pair_values_a_to_not_hold_b",
        {"column_A": "text", "column_B": "number"},
        text=pd.Series([None, text, "no digits", text], dtype="str"),
        number=pd.Series([number, number, number, None], dtype="float64"),
    )
    assert found == ([1] if holds else [])


def compare(sign: str, points: int) -> dict[str, Any]:
    column = {"name": "points"}
    return {"type": "comparison", "column": column, "operator": sign, "parameter": points}


def given(is_null: bool) -> dict[str, Any]:
    return {"type": "nullity", "column": {"name": "points"}, "is_null": is_null}


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        (compare("==", 81), [1]),
        (compare("<", 81), [0]),
        (compare("<=", 81), [0, 1]),
        (compare(">", 81), [2]),
        (compare(">=", 81), [1, 2]),
        (given(True), [3]),
        (given(False), [0, 1, 2]),
        ({"type": "and", "conditions": [compare(">", 80), compare("<", 82)]}, [1]),
        ({"type": "and", "conditions": [compare(">", 80), given(True)]}, []),
        ({"type": "and", "conditions": []}, [0, 1, 2, 3]),
        (None, [0, 1, 2, 3]),
    ],
)
@pytest.mark.parametrize("dtype", ["Int64", "float64"])
def test_only_rows_that_meet_the_condition_are_asked(
    condition: dict[str, Any] | None, rows: list[int], dtype: str
) -> None:
    found = breaking(
        "expect_column_values_to_be_null",
        {"column": "title", "row_condition": condition},
        points=pd.Series([80, 81, 82, None], dtype=dtype),
        title=pd.Series(list("abcd"), dtype="str"),
    )
    assert found == rows


def test_an_expectation_about_the_file_is_broken_by_no_row() -> None:
    frame = pd.DataFrame({"points": [80, 90]})
    assert breaching_rows("expect_column_mean_to_be_between", {"column": "points"}, frame) is None


def test_what_can_be_checked_is_what_is_asked_of_rows_or_of_the_file() -> None:
    assert {*OF_A_COLUMN, *OF_A_PAIR, *OF_A_DELIVERY} == CHECKABLE
    assert len(CHECKABLE) == len(OF_A_COLUMN) + len(OF_A_PAIR) + len(OF_A_DELIVERY) == 29
    among = ("be_unique", "be_increasing", "stand_at_most")
    assert sorted(AMONG_ROWS) == sorted(f"expect_column_values_to_{name}" for name in among)
