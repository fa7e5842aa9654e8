from __future__ import annotations

import hashlib
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contracts.contract import (
    DEFAULT,
    DEFAULT_ID,
    Contract,
    list_contracts,
    load_contract,
    read_contract,
)
from data_contracts.unreadable import RULE
from tests.contracts import column
from tests.data_contracts.contract_document import PATH, RULES
from tests.data_contracts.made_up_contract import (
    COLUMNS,
    NUMBER,
    TARGET,
    TEXT,
    custom_rule,
    make_contract,
    write_contract,
)

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


def test_the_unchanged_document_reads_the_same(read: Callable[..., Contract]) -> None:
    written = read(lambda table: None)
    assert written._replace(digest=load_contract().digest) == load_contract()


@pytest.mark.parametrize("share", [None, -0.1, 1, 2, "0.1", False, float("nan"), float("inf")])
def test_a_tolerance_that_is_no_share_is_refused(
    read: Callable[..., Contract], share: object
) -> None:
    properties = [{"property": "rejectedRowsFractionMax", "value": share}]
    with pytest.raises(ValueError, match="rejectedRowsFractionMax must be a number from 0 to bel"):
        read(lambda table: table.update(customProperties=properties if share is not None else []))


# Names


def test_the_contracts_of_the_project_are_listed_by_name() -> None:
    assert list_contracts()[DEFAULT] == PATH
    assert all(path.is_file() for path in list_contracts().values())
    assert load_contract().id == DEFAULT_ID


def test_a_contract_is_known_by_the_bytes_of_its_document(tmp_path: Path) -> None:
    path = write_contract(tmp_path)
    contract = read_contract(path)
    assert contract.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"# a comment\n")
    changed = read_contract(path)
    assert changed.digest != contract.digest
    assert changed._replace(digest=contract.digest) == contract


def test_odd_names_of_columns_are_read_as_they_are(tmp_path: Path) -> None:
    contract = make_contract(tmp_path)
    assert contract.schema.names == ["text", "stars", "a.b", "größe", "100g", "one, two"]
    assert contract.as_written == {"stars": ":as_written:stars", "größe": ":as_written:größe"}
    assert [rule.name for rule in contract.rules if rule.column == "größe"] == [
        *("größe_type", "größe_range"),
    ]
    assert (contract.id, contract.name) == ("urn:datacontract:tests:films", "films")


def test_the_header_has_physical_names(tmp_path: Path) -> None:
    columns = [TEXT | {"physicalName": ""}, TARGET, NUMBER | {"physicalName": "size"}]
    contract = make_contract(tmp_path, columns)
    assert contract.header == ("", "stars", "size")
    assert contract.schema.names == ["text", "stars", "größe"]


def test_aliases_are_other_names_of_a_column(tmp_path: Path) -> None:
    contract = make_contract(tmp_path, [TEXT, TARGET, column("a", aliases=["b", 7])])
    assert contract.aliases == {"text": (), "stars": (), "a": ("b", "7")}
    with pytest.raises(ValueError, match="a: aliases must be a list of names"):
        make_contract(tmp_path, [TEXT, TARGET, column("a", aliases="b")])


def test_a_file_needs_text_target_and_what_is_mandatory(tmp_path: Path) -> None:
    assert load_contract().needed == {"description", "points"}
    assert make_contract(tmp_path).needed == {"text", "stars"}
    columns = [*COLUMNS, column("key", mandatory=True), column("other", mandatory=False)]
    assert make_contract(tmp_path, columns).needed == {"text", "stars", "key"}


# Scopes


def test_the_default_contract_is_where_it_was_before_there_were_others() -> None:
    assert load_contract().scope == ""


def test_each_contract_has_a_folder_of_its_own(tmp_path: Path) -> None:
    films = make_contract(tmp_path)
    assert re.fullmatch("films-[0-9a-f]{8}", films.scope)
    assert make_contract(tmp_path, id="urn:other").scope != films.scope
    assert make_contract(tmp_path, [TEXT, TARGET], version="2.0.0").scope == films.scope


def test_a_renamed_contract_keeps_its_folder(tmp_path: Path) -> None:
    assert make_contract(tmp_path, name="movies").scope == make_contract(tmp_path).scope
    # The default contract's name alone does not open its folder, nor does another name close it.
    assert make_contract(tmp_path, name=DEFAULT).scope == make_contract(tmp_path).scope
    assert make_contract(tmp_path, name="movies", id=DEFAULT_ID).scope == ""


@pytest.mark.parametrize("end", ["größe ../x", "..", "---", "Q" * 99, "CON", "a/b\\c", "🍷"])
def test_a_folder_has_a_plain_name(tmp_path: Path, end: str) -> None:
    scope = make_contract(tmp_path, id=f"urn:datacontract:{end}").scope
    assert set(scope) <= {*string.ascii_lowercase, *string.digits, "-"}
    assert 8 <= len(scope) <= 49
    assert not scope.startswith("-")


# What is refused


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": None}, "the document needs an id"),
        ({"id": ""}, "the document needs an id"),
        ({"columns": [*COLUMNS, column("")]}, "each column needs a name"),
        ({"columns": [*COLUMNS, column(":a")]}, "^.*: :a: the pipeline's own columns"),
        ({"columns": [*COLUMNS, column("row_number")]}, "row_number: the pipeline's own columns"),
        ({"columns": [*COLUMNS, column("a.b")]}, "two columns have the name a.b"),
        (
            {"columns": [*COLUMNS, column("other") | {"physicalName": "a.b"}]},
            "two columns have the name a.b",
        ),
        (
            {"rules": [custom_rule("same", "expect_column_values_to_be_unique", column="a.b")] * 2},
            "two rules have the same name",
        ),
        (
            {"rules": [custom_rule("x", "expect_column_values_to_be_unique", column="gone")]},
            "x: the contract has no column gone",
        ),
    ],
)
def test_a_contract_that_cannot_be_used_is_refused_with_its_path(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    path = write_contract(tmp_path, **changes)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: ") as error:
        read_contract(path)
    assert re.search(says, str(error.value))


HISTOGRAM = "expect_column_histogram_divergence_from_reference_to_be_between"


@pytest.mark.parametrize(
    "arguments",
    [
        {"edges": "$edges", "reference_counts": {0: 5}},
        {"edges": [1, 2], "reference_counts": "$last.histogram"},
        {"edges": [1, 2], "reference_counts": "$champion.histogram"},
    ],
)
def test_a_rule_about_bars_needs_their_bounds(tmp_path: Path, arguments: dict[str, Any]) -> None:
    near = custom_rule("near", HISTOGRAM, max_value=0.1, **arguments)
    plain = column("n", "number") | {"quality": [near]}
    with pytest.raises(ValueError, match="near: n needs histogramEdges or sliceEdges"):
        make_contract(tmp_path, [TEXT, TARGET, plain])
    sliced = column("n", "number", sliceEdges=[1, 2]) | {"quality": [near]}
    assert make_contract(tmp_path, [TEXT, TARGET, sliced]).rules[-1].name == "near"


@pytest.mark.heavy
def test_a_contract_is_read_without_what_takes_seconds_to_import() -> None:
    code = (
        "import sys; from data_contracts.contract import load_contract; load_contract();"
        "print({'great_expectations', 'tensorflow', 'pandas', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
