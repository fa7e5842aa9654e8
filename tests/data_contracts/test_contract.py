from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import data_contracts.contract
from data_contracts.contract import DOCUMENT, Contract, load_contract, read_contract
from data_contracts.rules import Rule

HEADER = (
    ",country,description,designation,points,price,province,region_1,region_2,taster_name,"
    "taster_twitter_handle,title,variety,winery"
)
PATH = Path(data_contracts.contract.__file__).with_name(DOCUMENT)
RULES = {rule.name: rule for rule in load_contract().rules}

ON_THE_SCALE = {
    "type": "and",
    "conditions": [
        {"type": "comparison", "column": {"name": "points"}, "operator": ">=", "parameter": 80},
        {"type": "comparison", "column": {"name": "points"}, "operator": "<=", "parameter": 100},
    ],
}
CUSTOM = {
    "name": "x",
    "type": "custom",
    "engine": "greatExpectations",
    "severity": "info",
    "description": "X.",
    "implementation": {"type": "expect_column_values_to_not_be_null", "kwargs": {"mostly": 0.5}},
}


def without(key: str) -> dict[str, Any]:
    return {k: v for k, v in CUSTOM.items() if k != key}


def library(metric: str, **bounds: int) -> dict[str, Any]:
    plain = {"name": "x", "type": "library", "severity": "info", "description": "X."}
    return plain | {"metric": metric} | bounds


def expectation(kind: str, **arguments: object) -> dict[str, Any]:
    return CUSTOM | {"implementation": {"type": kind, "kwargs": arguments}}


def on_condition(**condition: object) -> dict[str, Any]:
    return expectation("expect_column_values_to_be_unique", row_condition=condition)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Contract]:
    """Read the contract after a change of its document."""

    def change_and_read(change: Callable[[dict[str, Any]], object]) -> Contract:
        document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
        change(document["schema"][0])
        path = tmp_path / "changed.odcs.yaml"
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        return read_contract(path)

    return change_and_read


def column(table: dict[str, Any], name: str) -> dict[str, Any]:
    return next(column for column in table["properties"] if column["name"] == name)


def test_the_header_is_that_of_the_published_file() -> None:
    assert load_contract().header == tuple(HEADER.split(","))


def test_the_schema_types_every_column() -> None:
    schema = load_contract().schema
    kinds = {name: str(schema.field(name).type) for name in schema.names}
    assert kinds.pop("review_index") == kinds.pop("points") == "int64"
    assert kinds.pop("price") == "double"
    assert set(kinds.values()) == {"string"}
    assert set(load_contract().as_written) == {"review_index", "points", "price"}


def test_the_document_is_valid_in_its_standard() -> None:
    document = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    assert (document["kind"], document["apiVersion"]) == ("DataContract", "v3.1.0")
    for quality in (q for c in document["schema"][0]["properties"] for q in c.get("quality", [])):
        assert quality["type"] in ("library", "custom")
        assert quality["severity"] in ("critical", "warning", "info")
        assert "dimension" in quality or quality["type"] == "library"


def test_rules_have_names_of_their_own_and_sentences() -> None:
    rules = load_contract().rules
    assert len(RULES) == len(rules) >= 85
    assert all(rule.meaning.endswith((".", ".)", '."')) for rule in rules)
    assert {rule.severity for rule in rules} == {"critical", "warning", "info"}
    columns = set(load_contract().schema.names)
    assert all(rule.column in columns | {None} for rule in rules)
    assert all(rule.columns <= columns for rule in rules)
    assert all(rule.needs <= {"last", "champion"} for rule in rules)


def test_a_rules_sentence_names_its_bounds() -> None:
    number = re.compile(r"(-?[0-9](?:[0-9,.]*[0-9])?)( %| percentage points)?")
    for rule in load_contract().rules:
        named = {count + unit for count, unit in number.findall(rule.meaning)}
        for key, bound in bounds_of(rule.arguments):
            share = f"{100 * (1 - bound if key == 'mostly' else bound):.10g}"
            said = {f"{share} %", f"{share} percentage points"}
            said |= set() if key == "mostly" else {f"{bound:,}"}
            assert said & named, (rule.name, key, bound, rule.meaning)


def bounds_of(arguments: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in arguments.items():
        if isinstance(value, dict):
            yield from bounds_of(value)
        elif isinstance(value, list):
            for part in value:
                yield from bounds_of(part) if isinstance(part, dict) else ()
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield key, value


@pytest.mark.parametrize(
    ("options", "arguments", "meaning"),
    [
        ({"minLength": 5}, {"min_value": 5}, "title: at least 5 characters."),
        ({"maxLength": 1500}, {"max_value": 1500}, "title: at most 1,500 characters."),
        ({"minLength": 0, "maxLength": 9}, {"min_value": 0, "max_value": 9}, "0 to 9 characters."),
    ],
)
def test_a_length_is_said_in_words(
    read: Callable[..., Contract],
    options: dict[str, int],
    arguments: dict[str, int],
    meaning: str,
) -> None:
    contract = read(lambda table: column(table, "title").update(logicalTypeOptions=options))
    (rule,) = (rule for rule in contract.rules if rule.name == "title_length")
    assert rule.arguments == {"column": "title"} | arguments
    assert rule.meaning.endswith(meaning)


def test_a_pattern_is_said_in_words(read: Callable[..., Contract]) -> None:
    assert RULES["taster_twitter_handle_pattern"].meaning.startswith("taster_twitter_handle: an @ ")
    with pytest.raises(ValueError, match="country: a pattern needs its patternMeaning"):
        read(lambda table: column(table, "country").pop("customProperties"))


def test_every_column_has_rules() -> None:
    assert {rule.column for rule in RULES.values()} == {None, *load_contract().schema.names}


def test_critical_columns_have_critical_constraints_and_others_warnings() -> None:
    assert RULES["points_range"].severity == "critical"
    assert RULES["price_range"].severity == "warning"


def test_the_tolerance_is_the_documents() -> None:
    assert load_contract().rejected_fraction_max == 0.01


@pytest.mark.parametrize(
    ("name", "expectation", "arguments", "meaning"),
    [
        ("rows", "expect_table_row_count_to_be_between", {"min_value": 100}, "At least 100 "),
        (
            "columns",
            "expect_table_columns_to_match_ordered_list",
            {"column_list": "$columns"},
            "order",
        ),
        (
            "points_range",
            "expect_column_values_to_be_between",
            {"column": "points", "min_value": 80, "max_value": 100},
            "points: at least 80 and at most 100.",
        ),
        (
            "price_range",
            "expect_column_values_to_be_between",
            {"column": "price", "min_value": 0, "max_value": 10000, "strict_min": True},
            "price: more than 0 and at most 10,000.",
        ),
        (
            "review_index_range",
            "expect_column_values_to_be_between",
            {"column": "review_index", "min_value": 0},
            "review_index: at least 0.",
        ),
        (
            "points_type",
            "expect_column_values_to_be_null",
            {"column": "points_as_written"},
            "points: reads as an integer.",
        ),
        (
            "price_type",
            "expect_column_values_to_be_null",
            {"column": "price_as_written"},
            "price: reads as a number.",
        ),
        (
            "points_required",
            "expect_column_values_to_not_be_null",
            {
                "column": "points",
                "row_condition": {
                    "type": "nullity",
                    "column": {"name": "points_as_written"},
                    "is_null": True,
                },
            },
            "points: never empty.",
        ),
        (
            "description_required",
            "expect_column_values_to_not_be_null",
            {"column": "description"},
            "description: never empty.",
        ),
        (
            "review_index_unique",
            "expect_column_values_to_be_unique",
            {"column": "review_index"},
            "no value stands twice",
        ),
        (
            "title_length",
            "expect_column_value_lengths_to_be_between",
            {"column": "title", "min_value": 5, "max_value": 250},
            "title: 5 to 250 characters.",
        ),
        (
            "price_nulls",
            "expect_column_values_to_not_be_null",
            {"column": "price", "mostly": 0.85},
            "At most 15 %",
        ),
        (
            "description_one_points",
            "expect_column_to_determine",
            {"column_A": "description", "column_B": "points", "row_condition": ON_THE_SCALE},
            "different points",
        ),
        (
            "rows_against_last",
            "expect_table_row_count_ratio_to_be_between",
            {"reference_rows": "$last.rows", "min_value": 0.5},
            "At least 50 %",
        ),
    ],
)
def test_a_constraint_becomes_an_expectation(
    name: str, expectation: str, arguments: dict[str, Any], meaning: str
) -> None:
    rule = RULES[name]
    assert (rule.expectation, rule.arguments) == (expectation, arguments)
    assert meaning in rule.meaning


def test_rules_say_what_they_look_at_and_what_they_need() -> None:
    assert RULES["points_type"].columns == {"points"}
    assert RULES["points_follow_price"].columns == {"points", "price"}
    assert RULES["columns"].columns == set()
    assert RULES["points_mean"].needs == RULES["columns"].needs == set()
    assert RULES["points_against_last"].needs == {"last"}
    assert RULES["description_vocabulary_foreign"].needs == {"champion"}


def test_columns_are_named_as_in_the_contract_and_strange_ones_as_they_are() -> None:
    assert load_contract().name_columns(["", "points", "", "Points"]) == [
        "review_index",
        "points",
        "review_index",
        "Points",
    ]


def test_a_name_that_must_not_be_written_out_is_unknown() -> None:
    names = load_contract().name_columns(["review_index", "points"])
    assert names == ["review_index (written out)", "points"]


def test_the_unchanged_document_reads_the_same(read: Callable[..., Contract]) -> None:
    assert read(lambda table: None) == load_contract()


def test_a_rule_that_is_added_is_read(read: Callable[..., Contract]) -> None:
    contract = read(lambda table: column(table, "winery")["quality"].append(CUSTOM))
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
        (CUSTOM | {"name": "rows"}, "have the same name"),
        (CUSTOM | {"severity": "critcal"}, "a severity out of critical"),
        (without("severity"), "severity"),
        (without("name"), "name"),
        (without("description"), "description"),
        (without("implementation"), "x: only rules of type"),
        (CUSTOM | {"implementation": "expect_x"}, "x: only rules of type"),
        (CUSTOM | {"engine": "soda"}, "x: only rules of type"),
        (CUSTOM | {"type": "text"}, "x: only rules of type"),
        (CUSTOM | {"type": "sql"}, "x: only rules of type"),
        (expectation("expect_column_values_to_be_unique", a="$lst.rows"), "lst"),
        (expectation("expect_column_values_to_be_in_set", value_set=[]), "x: .* only expect_"),
        (expectation("expect_column_values_to_match_regex_list", regex_list=[]), "x: .* only"),
        (expectation("expect_column_pair_values_to_be_equal"), "x: .* only expect_"),
        (expectation("expect_select_column_values_to_be_unique_within_record"), "x: .* only"),
        (expectation("expect_nothing_in_particular"), "x: .* only expect_"),
        (expectation("expect_column_values_to_be_unique", column="titel"), "no column titel$"),
        (expectation("expect_column_to_determine", column_A="titel", column_B="x"), "titel, x$"),
        (expectation("expect_column_values_to_be_null", column="title_as_written"), "no column"),
        (on_condition(type="nullity", column={"name": "titel"}, is_null=True), "no column titel"),
        (on_condition(type="or", conditions=[]), "the row_condition .* cannot be checked"),
        (on_condition(type="comparison", column={"name": "title"}, operator="!="), "!="),
        (library("duplicateValues", mustBe=0), "x: this use of the metric duplicateValues"),
        (library("rowCount", mustBe=5), "x: this use of the metric rowCount"),
        (library("rowCount", mustBeGreaterOrEqualTo=1, mustBeLessOrEqualTo=9), "rowCount"),
        (library("nullValues", mustBeLessOrEqualTo=5), "x: this use of the metric nullValues"),
    ],
)
def test_a_rule_that_cannot_be_checked_is_refused(
    read: Callable[..., Contract], rule: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        read(lambda table: column(table, "title")["quality"].append(rule))


@pytest.mark.parametrize("share", [None, -0.1, 1, 2])
def test_a_tolerance_that_is_no_share_is_refused(
    read: Callable[..., Contract], share: float | None
) -> None:
    properties = [{"property": "rejectedRowsFractionMax", "value": share}]
    with pytest.raises(ValueError, match="rejectedRowsFractionMax has to be a share"):
        read(lambda table: table.update(customProperties=properties if share else []))


@pytest.mark.parametrize(
    ("name", "option"),
    [("points", "multipleOf"), ("title", "format"), ("price", "exclusiveMaximum")],
)
def test_a_constraint_that_cannot_be_checked_is_refused(
    read: Callable[..., Contract], name: str, option: str
) -> None:
    with pytest.raises(ValueError, match=f"{name}: {option} cannot be checked"):
        read(lambda table: column(table, name)["logicalTypeOptions"].update({option: 100}))


def test_two_lower_bounds_are_refused(read: Callable[..., Contract]) -> None:
    with pytest.raises(ValueError, match="points: minimum and exclusiveMinimum"):
        read(lambda t: column(t, "points")["logicalTypeOptions"].update(exclusiveMinimum=79))
