"""Rules of whole documents: those that are added, and those that are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from data_contracts.contract import Contract, load_contract
from data_contracts.rules import Rule
from tests.data_contracts.contract_document import RULES, column

OWN: dict[str, Any] = {
    "name": "x",
    "type": "custom",
    "engine": "greatExpectations",
    "severity": "info",
    "description": "X.",
    "implementation": {"type": "expect_column_values_to_not_be_null", "kwargs": {"mostly": 0.5}},
}
NO_TITEL = {"type": "nullity", "column": {"name": "titel"}, "is_null": True}


def expectation(kind: str, **arguments: object) -> dict[str, Any]:
    return OWN | {"implementation": {"type": kind, "kwargs": arguments}}


def test_rules_say_what_they_look_at_and_what_they_need() -> None:
    assert RULES["points_type"].columns == {"points"}
    assert RULES["points_follow_price"].columns == {"points", "price"}
    assert RULES["columns"].columns == set()
    assert RULES["points_mean"].needs == RULES["columns"].needs == set()
    assert RULES["points_against_last"].needs == {"last"}
    assert RULES["description_vocabulary_foreign"].needs == {"champion"}


def test_a_rule_that_is_added_is_read(read: Callable[..., Contract]) -> None:
    contract = read(lambda table: column(table, "winery")["quality"].append(OWN))
    arguments = {"column": "winery", "mostly": 0.5}
    added = Rule("x", "winery", "info", "expect_column_values_to_not_be_null", arguments, "X.")
    assert contract.rules == (*load_contract().rules, added)


def test_a_rule_that_is_added_to_the_table_has_no_column(read: Callable[..., Contract]) -> None:
    rule = expectation("expect_table_row_count_to_be_between", min_value=1)
    contract = read(lambda table: table["quality"].append(rule))
    arguments = {"min_value": 1}
    added = Rule("x", None, "info", "expect_table_row_count_to_be_between", arguments, "X.")
    assert added in contract.rules


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (OWN | {"name": "rows"}, "have the same name"),
        (expectation("expect_column_values_to_be_in_set", value_set=["a"]), "x: .* only expect_"),
        (expectation("expect_column_values_to_match_regex_list", regex_list=[]), "x: .* only"),
        (expectation("expect_column_pair_values_to_be_equal"), "x: .* only expect_"),
        (expectation("expect_select_column_values_to_be_unique_within_record"), "x: .* only"),
        (expectation("expect_nothing_in_particular"), "x: .* only expect_"),
        (
            expectation("expect_column_values_to_be_unique", column="titel"),
            "did you mean title[?]$",
        ),
        (
            expectation("expect_column_to_determine", column_A="titel", column_B="x"),
            r"x: .* no column titel; .*x: .* no column x$",
        ),
        (expectation("expect_column_values_to_be_null", column=":as_written:title"), "no column"),
        (
            expectation("expect_column_values_to_be_unique", row_condition=NO_TITEL),
            "no column titel",
        ),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused(
    read: Callable[..., Contract], rule: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        read(lambda table: column(table, "title")["quality"].append(rule))
