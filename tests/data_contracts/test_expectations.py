from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.breaches import begins_with, breaching_rows, determines, within_copies
from data_contracts.checks import check_reviews
from data_contracts.contract import load_contract
from data_contracts.expectations import VOCABULARIES
from data_contracts.findings import Finding
from data_contracts.rules import Rule

KINDS = {"points": "Int64", "price": "float64"}
NOTHING: list[None] = [None, None, None]


def ask(expectation: str, arguments: dict[str, Any], **columns: list[Any]) -> Finding:
    """Ask one expectation of a frame of a few columns, as the checks do."""
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=KINDS.get(name, "str")) for name, values in columns.items()}
    )
    frame.insert(0, "row_number", range(len(frame)))
    column = arguments.get("column") or arguments.get("column_A")
    rule = Rule("asked", column, "critical", expectation, arguments, "Asked.")
    checked = check_reviews(
        load_contract()._replace(rules=(rule,)), list(columns), frame, references={}
    )
    (finding,) = checked.findings
    rows = breaching_rows(expectation, arguments, frame)
    assert (None if rows is None else int(rows.sum())) == finding.unexpected_count
    return finding


def passed(expectation: str, arguments: dict[str, Any], **columns: list[Any]) -> bool | None:
    return ask(expectation, arguments, **columns).passed


# About rows


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
    found = ask(
        "expect_column_values_to_stand_at_most",
        {"column": "description", "max_copies": 2},
        description=values,
    )
    assert found.passed == (not broken)
    assert found.unexpected_count == len(broken)
    assert [row for row, _ in found.examples] == broken


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
    found = ask(
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
    found = ask(
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
    found = ask(
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
    assert determines(keys, values).tolist() == [
        all(both.count((key, value)) > both.count(b) for b in both if b[0] == key and b[1] != value)
        for key, value in both
    ]
    assert begins_with(keys, values).tolist() == [k.startswith(v) for k, v in both]
    assert within_copies(keys, 2).tolist() == [
        keys[:row].tolist().count(key) < 2 for row, key in enumerate(keys)
    ]


# About the whole delivery


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
        passed("expect_table_row_count_ratio_to_be_between", arguments, title=["a"] * rows) == holds
    )


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
    found = ask(DIVERGENCE, arguments, points=points)
    assert found.passed == holds
    assert found.unexpected_count is None
    none_given = not reference or not any(value is not None for value in points)
    assert (found.observed == "no value") == none_given


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
    expectation = "expect_column_out_of_vocabulary_rate_to_be_between"
    assert passed(expectation, arguments, description=texts) == holds


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
    found = ask(
        "expect_column_pair_rank_correlation_to_be_between", arguments, points=points, price=prices
    )
    assert found.observed == observed
    assert found.passed == (observed in ("1", "0.5"))


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
    found = ask("expect_table_null_fractions_to_stay_near", arguments, title=titles)
    assert found.passed == holds
    assert found.observed is not None
    assert ("title" in found.observed) == (not holds)


@pytest.mark.parametrize(
    ("before", "observed"), [(None, "new"), ("2026-01-05", "accepted 2026-01-05")]
)
def test_a_delivery_is_new(before: str | None, observed: str) -> None:
    found = ask("expect_delivery_not_to_be_superseded", {"accepted_before": before}, title=["a"])
    assert (found.passed, found.observed) == (before is None, observed)
