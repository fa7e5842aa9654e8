from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.contract import Contract, read_contract
from data_contracts.document import read_document
from tests.data_contracts.contract_document import PATH, column

PLACES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "schema.wine_reviews": lambda table: table,
    "schema.wine_reviews.customProperties.0": lambda table: table["customProperties"][0],
    "schema.wine_reviews.quality.columns": lambda table: table["quality"][0],
    "schema.wine_reviews.properties.points": lambda table: column(table, "points"),
    "schema.wine_reviews.properties.points.quality.points_mean": lambda table: next(
        rule for rule in column(table, "points")["quality"] if rule["name"] == "points_mean"
    ),
}


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_misspelt_key_is_reported_with_its_place_and_what_is_allowed(
    read: Callable[..., Contract], place: str
) -> None:
    says = f": {re.escape(place)}.descripton: the standard has no such key here; did you mean de"
    with pytest.raises(ValueError, match=says):
        read(lambda table: PLACES[place](table).update(descripton="Ours."))


def test_all_misspelt_keys_are_reported_at_once(read: Callable[..., Contract]) -> None:
    def misspell(table: dict[str, Any]) -> None:
        column(table, "points")["requird"] = True
        column(table, "title")["uniqe"] = True

    with pytest.raises(ValueError, match=r"points\.requird: .*; .*title\.uniqe: .* unique"):
        read(misspell)


def test_a_value_of_another_kind_is_reported_with_its_place(read: Callable[..., Contract]) -> None:
    says = r'wine_reviews\.properties\.points\.required: must be true or false, not "perhaps"$'
    with pytest.raises(ValueError, match=says):
        read(lambda table: column(table, "points").update(required="perhaps"))


def test_a_document_that_is_no_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_bytes("a: 1\nb: é\n".encode("latin-1"))
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: line 2: not UTF-8 text$"):
        read_contract(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [1", r'line 1: not valid YAML, here or before: "a: \[1"; look for a bracket'),
        ("a: 1\n\tb: 2\n", 'line 2: not valid YAML, here or before: "b: 2"; indent by spaces, not'),
        *(
            (f"id: a\n{line}\n", f'line 2: not valid YAML, here or before: ".*"; {advice}$')
            for line, advice in (
                (
                    "name: wine: reviews",
                    "a value that holds a colon and a space needs quotes, and .*",
                ),
                ("name: *wine", r"a value that begins with \* needs quotes"),
                ("name: !wine", "a value that begins with ! needs quotes"),
                ("name: @wine", 'a value that begins with "@" needs quotes'),
                ("name: %wine", 'a value that begins with "%" needs quotes'),
                (r'name: "\d+"', r"in double quotes, write \\\\ for \\, or use single quotes"),
                ("name: 'wine", "look for a bracket or a quote that is not closed, or a wrong .*"),
            )
        ),
        ("a: \x07", "not valid YAML: a character is not allowed there; save it as plain text"),
        (f"id: {'9' * 5000}", "not valid YAML: a number has too many digits; write it in quotes$"),
        ("id: a\nid: b", 'line 2: the key "id" is given twice; remove one$'),
        ("schema: [{name: a, name: b}]", 'line 1: the key "name" is given twice; remove one; '),
        ("tags: &a [*a]", 'line 1: not valid YAML, here or before: "tags: &a'),
        ("1: a", "line 1: 1: must be a text, not 1; write it in quotes$"),
        (
            "schema: [{quality: [{mustBeBetween: [1]}, {mustBeBetween: [1, 2, 3]}]}]",
            r"schema\.0\.quality\.0\.mustBeBetween: must have 2 or more values, .* 2 or f",
        ),
        ("team: me", 'team: must be names with values or a list, not "me"$'),
        ("team: [{role: 1}]", r"team\.0\.role: must be a text, not 1; write it in quotes$"),
        (
            "slaProperties: [{value: [a]}]",
            r'slaProperties\.0\.value: must be a text or a number or .* or false, not \["a"\]$',
        ),
        ("id: 5", "id: must be a text, not 5"),
        ("schema: {}", "schema: must be a list, not {}"),
        (
            "schema: [{properties: [{name: é, required: perhaps}]}]",
            r'schema.*\.é\.required: must be true or false, not "perhaps"',
        ),
        ("", "the document is empty$"),
        ("- 1", r"the document must be names with values, such as kind: DataContract, not \[1\]$"),
        ("pattern: x", "pattern: the standard has no such key here, only .*apiVersion.*schema"),
        ("version: 1.0.0", "kind must be .*; the document describes 0 tables instead of one$"),
    ],
)
def test_what_is_no_document_of_the_standard_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: (.*; )?(line 1: )?{says}"):
        read_contract(path)


@pytest.mark.parametrize("date", ["2026-02-28", "2026-02-30", "2022-11-15T02:59:43+00:00"])
def test_a_date_needs_no_quotes(date: str) -> None:
    document = f"version: {date}\ncontractCreatedTs: {date}\nslaProperties: [{{value: {date}}}]\n"
    read = read_document(document.encode())
    (promise,) = read.slaProperties or []
    assert (read.version, read.contractCreatedTs, promise.value) == (date, date, date)


keys = sorted({"x", *yaml.safe_load(PATH.read_text(encoding="utf-8"))})
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab:-{[", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner),
    max_leaves=8,
)


@given(values)
def test_whatever_it_holds_the_contract_is_named(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(str(path))):
        read_contract(path)


def test_a_merged_mapping_may_have_its_keys_replaced() -> None:
    document = b"description: {<<: {purpose: x, usage: y}, purpose: z}\nkind: DataContract\n"
    description = read_document(document).description
    assert description
    assert (description.purpose, description.usage) == ("z", "y")
