from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from data_contracts.contract import Contract, load_contract
from data_contracts.delivery import FrameDelivery, Places
from data_contracts.matching import match_columns
from data_contracts.rejects import collect_rejects, find_breaches, rules_of_one_row
from data_contracts.rules import Rule
from tests.assessments import assess_table
from tests.data_contracts.single_rule import check_rows

pytestmark = pytest.mark.heavy

CAPITAL = {"column": "country", "regex": "^[A-Z]"}
PAIR = {"column_A": "country", "column_B": "points"}
NULL, REGEX = "expect_column_values_to_not_be_null", "expect_column_values_to_match_regex"


def nullity(is_null: bool) -> dict[str, Any]:
    return {"type": "nullity", "column": {"name": "country"}, "is_null": is_null}


def comparison(sign: str, value: str) -> dict[str, Any]:
    column = {"name": "country"}
    return {"type": "comparison", "column": column, "operator": sign, "parameter": value}


NOT_NULL = nullity(False)
SMALL, EMPTY, OTHER, LOW = (
    Rule("small", "country", "critical", REGEX, CAPITAL, "Capitals."),
    Rule("empty", "country", "critical", NULL, {"column": "country"}, "Given."),
    Rule("other", "country", "critical", "expect_column_to_determine", PAIR, "One."),
    Rule("low", "points", "critical", NULL, {"column": "points"}, "Given."),
)
CONDITIONAL = SMALL._replace(name="conditional", arguments=CAPITAL | {"row_condition": NOT_NULL})
REVIEWS = pd.DataFrame(
    {
        "row_number": [10, 11, 12, 13],
        "country": pd.Series(["b", None, "A", "a"], dtype="str"),
        "points": pd.Series([80, None, 90, 91], dtype="Int64"),
    }
).set_axis([7, 5, 3, 1])


def contract_of(*rules: Rule) -> Contract:
    return load_contract()._replace(rules=rules)


def places(*rows: int) -> Places:
    return np.flatnonzero(REVIEWS["row_number"].isin(rows))


TAKE = FrameDelivery(REVIEWS).take


def test_a_rule_of_one_row_is_critical_of_this_column_alone_and_tolerates_nothing() -> None:
    rules = (
        SMALL,
        EMPTY,
        OTHER,
        LOW,
        SMALL._replace(name="warning", severity="warning"),
        SMALL._replace(name="tolerant", arguments=CAPITAL | {"mostly": 1.0}),
        CONDITIONAL,
        SMALL._replace(name="unique", expectation="expect_column_values_to_be_unique"),
        SMALL._replace(name="file", expectation="expect_column_mean_to_be_between"),
    )
    assert rules_of_one_row(contract_of(*rules), "country") == [SMALL, EMPTY, CONDITIONAL]
    assert rules_of_one_row(contract_of(*rules), "points") == [LOW]


def test_only_rules_that_a_row_breaks_are_marked() -> None:
    first = REVIEWS.head(1)
    found = find_breaches([SMALL, EMPTY], REVIEWS)
    assert {name: rows.tolist() for name, rows in found.items()} == {
        "small": [0, 3],
        "empty": [1],
    }
    assert list(find_breaches([SMALL, EMPTY], first)) == ["small"]


LENGTHS = "expect_column_value_lengths_to_be_between"
NOT_REGEX = "expect_column_values_to_not_match_regex"
NOT_IN_SET = "expect_column_values_to_not_be_in_set"


@pytest.mark.parametrize(
    ("expectation", "arguments", "broken"),
    [
        (NULL, {}, [4]),
        (LENGTHS, {"min_value": 2}, [0, 1, 5]),
        (LENGTHS, {"min_value": 2, "strict_min": True}, [0, 1, 2, 5]),
        (LENGTHS, {"max_value": 2}, [3]),
        (LENGTHS, {"max_value": 2, "strict_max": True}, [2, 3]),
        (LENGTHS, {"min_value": 1, "max_value": 2}, [3, 5]),
        (LENGTHS, {"min_value": 0, "max_value": None}, []),
        (REGEX, {"regex": "[0-9]"}, [0, 5]),
        (REGEX, {"regex": "^[0-9]"}, [0, 2, 5]),
        (NOT_REGEX, {"regex": "[0-9]"}, [1, 2, 3]),
        (NOT_IN_SET, {"value_set": ["1", "", "2"]}, [1, 5]),
    ],
)
def test_pandas_finds_the_rows_that_great_expectations_finds(
    expectation: str, arguments: dict[str, Any], broken: list[int]
) -> None:
    texts: list[str | None] = ["a", "1", "a1", "1ab", None, ""]
    frame = pd.DataFrame({"title": pd.Series(texts, dtype="str")}).set_axis(range(7, 25, 3))
    rule = Rule("rule", "title", "critical", expectation, {"column": "title"} | arguments, "One.")
    assert rules_of_one_row(contract_of(rule), "title") == [rule]
    found = find_breaches([rule], frame)
    checked = check_rows(expectation, rule.arguments, frame).breaches
    assert list(found) == list(checked) == (["rule"] if broken else [])
    for rows in (*found.values(), *checked.values()):
        assert rows.tolist() == broken


@pytest.mark.parametrize(
    ("condition", "broken"),
    [
        (nullity(True), [3]),
        (nullity(False), [0, 1, 2, 4]),
        (comparison("==", "b"), [1]),
        (comparison("<", "b"), [0, 4]),
        (comparison("<=", "b"), [0, 1, 4]),
        (comparison(">", "b"), [2]),
        (comparison(">=", "b"), [1, 2]),
        ({"type": "and", "conditions": [comparison(">", "a"), comparison("<", "c")]}, [1]),
        ({"type": "and", "conditions": [comparison(">", "a"), nullity(True)]}, []),
    ],
)
def test_pandas_applies_row_conditions_as_great_expectations_does(
    condition: dict[str, Any], broken: list[int]
) -> None:
    texts = pd.Series(["a", "b", "c", None, ""], dtype="str", index=range(7, 22, 3))
    frame = pd.DataFrame({"country": texts})
    for broken_rule, breaking in ((SMALL, {0, 1, 2, 4}), (EMPTY, {3})):
        arguments = broken_rule.arguments | {"row_condition": condition}
        rule = broken_rule._replace(name="rule", arguments=arguments)
        found = find_breaches([rule], frame)
        checked = check_rows(rule.expectation, arguments, frame).breaches
        for rows in (found, checked):
            places = rows["rule"].tolist() if rows else []
            assert places == sorted(breaking.intersection(broken))


def test_a_row_is_listed_once_per_rule_in_the_order_of_the_rows() -> None:
    breaches = {
        "small": places(10, 13),
        "low": places(11),
        "other": places(13),
        "empty": places(11),
    }
    rejects = collect_rejects(contract_of(SMALL, LOW, OTHER, EMPTY), breaches, TAKE)
    assert rejects.to_dict("list") == {
        "row_number": [10, 11, 11, 13, 13],
        "column": ["country", "country", "points", "country", "country"],
        "rule": ["small", "empty", "low", "other", "small"],
        "value": ["b", "", "", "points 91; country a", "a"],
    }
    assert rejects.index.tolist() == [0, 1, 2, 3, 4]
    assert rejects.dtypes.astype(str).to_dict() == {
        "row_number": "int64",
        "column": "str",
        "rule": "str",
        "value": "str",
    }


def test_rules_that_no_row_breaks_list_nothing() -> None:
    rejects = collect_rejects(contract_of(SMALL, LOW), {"low": places(11)}, TAKE)
    assert rejects["rule"].tolist() == ["low"]
    nothing = collect_rejects(contract_of(SMALL), {}, TAKE)
    marked = collect_rejects(contract_of(SMALL), {"small": places()}, TAKE)
    for empty in (nothing, marked):
        assert empty.dtypes.equals(rejects.dtypes)
        assert empty.empty


@pytest.mark.parametrize(("rows_max", "listed"), [(None, [10, 11, 12, 13]), (2, [10, 11])])
def test_the_first_rows_of_each_rule_are_listed(rows_max: int | None, listed: list[int]) -> None:
    breaches = {"small": places(10, 11, 12, 13), "low": places(13)}
    rejects = collect_rejects(contract_of(SMALL, LOW), breaches, TAKE, rows_max)
    by_rule = rejects.groupby("rule")["row_number"].apply(list).to_dict()
    assert by_rule == {"small": listed, "low": [13]}


def test_a_rule_of_one_row_looks_at_no_other_row_and_tolerates_nothing() -> None:
    names = {rule.name for rule in rules_of_one_row(load_contract(), "description")}
    assert {"description_required", "description_length", "description_has_a_token"} <= names
    assert names.isdisjoint(
        {
            "description_copies",  # among rows
            "description_one_points",  # of a pair of columns
            "description_language",  # with a tolerance
            "description_vocabulary_foreign",  # about the file
            "description_words",  # a warning
        }
    )


@pytest.mark.slow
def test_pandas_finds_the_rows_that_the_whole_check_leaves_out() -> None:
    from tasks.ingest import type_reviews
    from tasks.sources.demo_reviews import make_demo_reviews
    from tasks.sources.reading.parts import Tally
    from tests.tasks.sources.test_new_reviews import BREACHES

    contract = load_contract()
    written = make_demo_reviews(2_000, seed=3).cast(
        pa.schema([(name, pa.string()) for name in contract.header])
    )
    texts = written["description"].to_pylist()
    texts[100 : 100 + len(BREACHES)] = BREACHES.values()
    place = contract.header.index("description")
    written = written.set_column(place, "description", [texts])
    header = list(contract.header)
    columns = written.rename_columns([str(position) for position in range(written.num_columns)])
    reviews = type_reviews(contract, header, Tally(header).make_part(columns))
    left_out = assess_table(contract, match_columns(contract, header), reviews, {}).left_out
    breaches = find_breaches(rules_of_one_row(contract, "description"), reviews.to_pandas())
    assert sorted(breaches) == sorted(BREACHES)
    found = sorted({row for places in breaches.values() for row in places.tolist()})
    assert found == np.flatnonzero(left_out).tolist() == list(range(100, 100 + len(BREACHES)))
