"""Which rows break a rule, in frames whose index is no range and of each column type."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.data_contracts.single_rule import check_rows

pytestmark = pytest.mark.heavy

TEXTS, NUMBERS = "title", "price"
PAIR_OF_TEXTS = {"column_A": "title", "column_B": "winery"}


def broken(expectation: str, arguments: dict[str, Any], **columns: pd.Series) -> list[int]:
    """Number the rows that break an expectation."""
    frame = pd.DataFrame(columns)
    frame.index = pd.Index([10 + 3 * row for row in range(len(frame))])
    checked = check_rows(f"expect_column_{expectation}", arguments, frame)
    (finding,) = checked.findings
    if "rule" not in checked.breaches:
        assert (finding.passed, finding.unexpected_count) == (True, 0)
        return []
    found: list[int] = checked.breaches["rule"].tolist()
    assert found == sorted(found)
    assert (finding.passed, finding.unexpected_count) == (False, len(found))
    assert [row for row, _ in finding.examples] == found[:5]
    return found


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
    expectation: str, values: list[str | None], arguments: dict[str, Any], rows: list[int]
) -> None:
    texts = pd.Series(values, dtype="str")
    assert broken(expectation, {"column": TEXTS} | arguments, title=texts) == rows


@pytest.mark.parametrize(
    ("bounds", "rows"),
    [
        ({"min_value": 2}, [0]),
        ({"min_value": 2, "strict_min": True}, [0, 1]),
        ({"max_value": 3}, [4]),
        ({"max_value": 3, "strict_max": True}, [2, 4]),
        ({"min_value": 2, "max_value": 3}, [0, 4]),
        ({"min_value": 0, "max_value": 0}, [0, 1, 2, 4]),
    ],
)
@pytest.mark.parametrize("dtype", ["Int64", "float64"])
def test_numbers_out_of_bounds(bounds: dict[str, Any], rows: list[int], dtype: str) -> None:
    numbers = pd.Series([1, 2, 3, None, 4], dtype=dtype)
    assert broken("values_to_be_between", {"column": NUMBERS} | bounds, price=numbers) == rows


@pytest.mark.parametrize(("strictly", "rows"), [(True, [3, 5]), (False, [5]), (None, [5])])
def test_numbers_that_do_not_increase(strictly: bool | None, rows: list[int]) -> None:
    numbers = pd.Series([1, 2, None, 2, 5, 4, 4.5], dtype="float64")
    arguments = {"column": NUMBERS} | ({} if strictly is None else {"strictly": strictly})
    assert broken("values_to_be_increasing", arguments, price=numbers) == rows


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
    columns = {
        "winery": pd.Series(list(values), dtype="str"),
        "title": pd.Series(list(keys), dtype="str"),
    }
    assert broken("to_determine", PAIR_OF_TEXTS, **columns) == rows


def test_a_pair_is_checked_where_neither_value_is_null() -> None:
    titles: list[str | None] = ["A 2012", "B 2012", None, "A", "2012 A"]
    wineries: list[str | None] = ["A", "A", "A", None, "A"]
    texts = {"winery": pd.Series(wineries, dtype="str"), "title": pd.Series(titles, dtype="str")}
    assert broken("pair_values_a_to_begin_with_b", PAIR_OF_TEXTS, **texts) == [1, 4]


@pytest.mark.parametrize("expectation", ["to_determine", "pair_values_a_to_begin_with_b"])
def test_no_row_breaks_a_rule_about_an_empty_pair(expectation: str) -> None:
    nothing = pd.Series([], dtype="str")
    assert broken(expectation, PAIR_OF_TEXTS, title=nothing, winery=nothing) == []


def compare(sign: str, points: int) -> dict[str, Any]:
    column = {"name": "points"}
    return {"type": "comparison", "column": column, "operator": sign, "parameter": points}


def nullity(is_null: bool) -> dict[str, Any]:
    return {"type": "nullity", "column": {"name": "points"}, "is_null": is_null}


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        (compare("==", 81), [1]),
        (compare("<", 81), [0]),
        (compare("<=", 81), [0, 1]),
        (compare(">", 81), [2]),
        (compare(">=", 81), [1, 2]),
        (nullity(True), [3]),
        (nullity(False), [0, 1, 2]),
        ({"type": "and", "conditions": [compare(">", 80), compare("<", 82)]}, [1]),
        ({"type": "and", "conditions": [compare(">", 80), nullity(True)]}, []),
        (None, [0, 1, 2, 3]),
    ],
)
@pytest.mark.parametrize("dtype", ["Int64", "float64"])
def test_only_rows_that_meet_the_condition_are_checked(
    condition: dict[str, Any] | None, rows: list[int], dtype: str
) -> None:
    arguments = {"column": TEXTS, "row_condition": condition}
    points = pd.Series([80, 81, 82, None], dtype=dtype)
    title = pd.Series(list("abcd"), dtype="str")
    assert broken("values_to_be_null", arguments, points=points, title=title) == rows


def test_a_rule_about_the_file_names_no_row() -> None:
    frame = pd.DataFrame({"points": [80, 90]})
    arguments = {"column": "points", "min_value": 90}
    checked = check_rows("expect_column_mean_to_be_between", arguments, frame)
    assert (checked.findings[0].passed, checked.breaches) == (False, {})


def test_rows_that_a_tolerance_lets_pass_are_not_broken() -> None:
    frame = pd.DataFrame({"title": pd.Series(["a", None], dtype="str")})
    arguments = {"column": "title", "mostly": 0.5}
    checked = check_rows("expect_column_values_to_not_be_null", arguments, frame)
    assert (checked.findings[0].passed, checked.breaches) == (True, {})


def test_more_rows_break_a_rule_than_great_expectations_quotes() -> None:
    frame = pd.DataFrame({"title": pd.Series([None] * 1_000, dtype="str")})
    checked = check_rows("expect_column_values_to_not_be_null", {"column": "title"}, frame)
    assert len(checked.breaches["rule"]) == 1_000
    (result,) = checked.results
    assert len(str(result.result)) < 2_000, "the list of all rows stays in memory"


@pytest.mark.parametrize(
    ("regex", "example"),
    [
        ("(?=needle)", "a" * 200),
        ("needle$", f"…{'a' * 50}needle"),
        (r"needle\Z", f"…{'a' * 50}needle"),
    ],
)
def test_a_text_is_quoted_around_what_a_pattern_found(regex: str, example: str) -> None:
    # Only Python's engine, which does not find the place, knows the first pattern.
    texts = pd.Series(["a" * 300 + "needle"], dtype="str")
    arguments = {"column": "title", "regex": regex}
    frame = pd.DataFrame({"title": texts})
    (finding,) = check_rows("expect_column_values_to_not_match_regex", arguments, frame).findings
    assert finding.examples == ((0, example),)
