"""Rules that name an expectation: each argument, and what is refused when a contract is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from data_contracts.known_expectations import ANY, EXPECTATIONS, STRINGS
from data_contracts.problems import InvalidContractError
from data_contracts.rule_checks import check_rule
from tests.contracts import column
from tests.data_contracts.any_rule import TYPES, WRONG, arguments_of, rule_of
from tests.data_contracts.made_up_contract import (
    COLUMNS,
    ROWS_RULE,
    custom_rule,
    make_contract,
)


def refused(name: str, arguments: dict[str, Any]) -> str:
    """What a person reads of a rule that is refused."""
    with pytest.raises(ValueError, match=r"^x: ") as error:
        check_rule(rule_of(name, arguments), TYPES)
    said = str(error.value)
    assert "\n" not in said
    assert not re.search("Traceback|pydantic|Expect[A-Z]|Arrow|None|Error", said), said
    return said


@pytest.mark.parametrize("name", EXPECTATIONS)
def test_all_arguments_of_an_expectation_are_read(tmp_path: Path, name: str) -> None:
    arguments = arguments_of(EXPECTATIONS[name])
    rule, of = custom_rule("x", name, "info", **arguments), arguments.get("column")
    columns = [c | {"quality": [rule]} if c["name"] == of else c for c in COLUMNS]
    contract = make_contract(tmp_path, columns, [ROWS_RULE] if of else [ROWS_RULE, rule])
    (read,) = [rule for rule in contract.rules if rule.name == "x"]
    assert read == rule_of(name, arguments)._replace(meaning="About x.")


@pytest.mark.parametrize("name", EXPECTATIONS)
def test_an_argument_that_is_missing_misspelt_or_of_another_kind_is_refused(
    name: str,
) -> None:
    known, right = EXPECTATIONS[name], arguments_of(EXPECTATIONS[name])
    assert f"x: {name} has no argument other, only" in refused(name, right | {"other": 0.5})
    for key in known.required:
        said = refused(name, {k: v for k, v in right.items() if k != key})
        assert f"x: {name} needs {key}, " in said
    for key, kind in known.arguments.items():
        for value in WRONG:
            if not kind.fits(value):
                said = refused(name, right | {key: value})
                assert said.startswith("x: ")
                assert key in said
    if {"min_value", "max_value"} <= known.arguments.keys():
        bounds = {"min_value": 1, "max_value": 0}
        assert "min_value must be at most max_value, not 1 and 0" in refused(name, right | bounds)
        without = {k: v for k, v in right.items() if k not in bounds}
        assert "needs min_value, max_value or both" in refused(name, without)


@pytest.mark.parametrize("name", [name for name in EXPECTATIONS if EXPECTATIONS[name].columns])
def test_a_column_that_is_missing_or_of_another_type_is_refused(name: str) -> None:
    known, right = EXPECTATIONS[name], arguments_of(EXPECTATIONS[name])
    for key, types in known.columns.items():
        without = {k: v for k, v in right.items() if k != key}
        assert f"x: {name} needs {key}: name a column" in refused(name, without)
        assert "the contract has no column gone" in refused(name, right | {key: "gone"})
        assert refused(name, right | {key: ["text"]})
        if types != ANY:
            other = "stars" if types == STRINGS else "text"
            assert "is about a column of the logicalType" in refused(name, right | {key: other})


BETWEEN, UNIQUE = "expect_column_values_to_be_between", "expect_column_values_to_be_unique"
REGEX, NOT_IN = "expect_column_values_to_match_regex", "expect_column_values_to_not_be_in_set"


def compare(name: str, parameter: Any, sign: str = ">=") -> dict[str, Any]:
    part = {"type": "comparison", "column": {"name": name}, "operator": sign}
    return {"type": "and", "conditions": [part | {"parameter": parameter}]}


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        (BETWEEN, {"min_value": 1, "max_value": 1, "strict_max": True}, "must be less than max_"),
        (BETWEEN, {"max_value": "9"}, 'max_value must be a number, not "9"$'),
        (BETWEEN, {"max_value": [9]}, r"max_value must be a number, not \[9\]$"),
        (UNIQUE, {"mostly": 2}, "mostly must be a number from 0 to 1, not 2$"),
        (NOT_IN, {"value_set": [1, "2"]}, 'each value of value_set must be a number, not "2"$'),
        (NOT_IN, {"column": "text", "value_set": ["no", False]}, "must be a text, not false$"),
        (REGEX, {"column": "text", "regex": "("}, 'regex must be .* RE2 .*, not "[(]"; missing'),
        (REGEX, {"column": "text", "regex": "a++"}, 'RE2 .*, not "a[+][+]"; bad repetition'),
        (REGEX, {"column": "text", "regex": "$last.rows"}, "that does not begin with [$], not"),
        (UNIQUE, {"row_condition": compare("stars", "5")}, 'for stars must be a number, not "5"$'),
        (UNIQUE, {"row_condition": compare("text", 5)}, "for text must be a text, not 5$"),
        (
            UNIQUE,
            {"row_condition": compare("stars", 5, "!=")},
            "row_condition .* cannot be checked",
        ),
        (UNIQUE, {"row_condition": compare("gone", 5)}, "the contract has no column gone"),
        (UNIQUE, {"row_condition": compare("µg", 5)}, "cannot name the column µg; rename the col"),
        (UNIQUE, {"row_condition": compare("None", "x")}, "cannot name the column None; rename"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    name: str, arguments: dict[str, Any], says: str
) -> None:
    rule = rule_of(name, {"column": "stars"} | arguments)
    with pytest.raises(ValueError, match=f"^x: .*{says}"):
        check_rule(rule, TYPES | {"µg": "number", "None": "string"})


@pytest.mark.parametrize("pattern", ["a(?=b)", r"(a)\1", r"\p{L}", r"\d+$", r"\u00e9", "(?P<x>a)"])
def test_a_pattern_that_pandas_can_look_for_is_read(pattern: str) -> None:
    check_rule(rule_of(REGEX, {"column": "text", "regex": pattern}), TYPES)


def test_a_rule_about_the_whole_file_stands_at_the_table(tmp_path: Path) -> None:
    rows = custom_rule("x", "expect_table_row_count_to_be_between", min_value=1)
    for rule in (rows, ROWS_RULE | {"name": "x"}):
        with pytest.raises(ValueError, match=r"x: .* about the whole file; move the rule to the"):
            make_contract(tmp_path, [COLUMNS[0] | {"quality": [rule]}, *COLUMNS[1:]])


COUNTS_OF_TEXT = "expect_column_length_divergence_from_reference_to_be_between"


def test_counts_of_another_column_are_refused(tmp_path: Path) -> None:
    bins = {"reference_counts": "$last.token_bins", "max_value": 1}
    rule = custom_rule("x", COUNTS_OF_TEXT, column="a.b", **bins)
    with pytest.raises(ValueError, match=r"x: \$last\.token_bins is of text, not of a\.b"):
        make_contract(tmp_path, rules=[ROWS_RULE, rule])


@pytest.mark.parametrize("first", ["text", "a.b"])
def test_the_correlation_is_that_of_text_and_target(tmp_path: Path, first: str) -> None:
    name = "expect_column_pair_rank_correlation_to_stay_near"
    references = {"reference_correlation": "$last.length_correlation", "reference_rows": 9}
    columns = {"column_A": first, "column_B": "stars"}
    rule = custom_rule("x", name, **columns, **references, max_change=0.1)
    if first == "text":
        assert make_contract(tmp_path, rules=[ROWS_RULE, rule])
        return
    says = r"x: \$last\.length_correlation is of stars and text, not of a\.b and stars$"
    with pytest.raises(ValueError, match=says):
        make_contract(tmp_path, rules=[ROWS_RULE, rule])


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    rules = [custom_rule("x", UNIQUE, column="gone"), custom_rule("y", UNIQUE, column="text", z=1)]
    with pytest.raises(InvalidContractError) as error:
        make_contract(tmp_path, [*COLUMNS, column("n", slice="yes")], rules)
    assert [line.split(": ")[1] for line in error.value.problems] == ["n", "x", "y"]
    assert ": x: the contract has no column gone; line " in str(error.value)
