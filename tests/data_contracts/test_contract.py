from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from data_contracts.contract import Contract, load_contract
from data_contracts.unreadable import RULE
from tests.data_contracts.contract_document import PATH, RULES

HEADER = (
    ",country,description,designation,points,price,province,region_1,region_2,taster_name,"
    "taster_twitter_handle,title,variety,winery"
)


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
    assert rules[0] == RULE
    assert all(rule.meaning.endswith((".", ".)", '."')) for rule in rules)
    assert {rule.severity for rule in rules} == {"critical", "warning", "info"}
    columns = set(load_contract().schema.names)
    assert all(rule.column in columns | {None} for rule in rules)
    assert all(rule.columns <= columns for rule in rules[1:])
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


def test_every_column_has_rules() -> None:
    assert {rule.column for rule in RULES.values()} == {None, *load_contract().schema.names}


def test_the_tolerance_is_the_documents() -> None:
    assert load_contract().rejected_fraction_max == 0.01


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


@pytest.mark.parametrize("share", [None, -0.1, 1, 2])
def test_a_tolerance_that_is_no_share_is_refused(
    read: Callable[..., Contract], share: float | None
) -> None:
    properties = [{"property": "rejectedRowsFractionMax", "value": share}]
    with pytest.raises(ValueError, match="rejectedRowsFractionMax must be a number"):
        read(lambda table: table.update(customProperties=properties if share else []))
