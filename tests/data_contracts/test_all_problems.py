"""A damaged contract: all its problems are told at once, and nothing that follows from them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from data_contracts.contract import parse_contract
from data_contracts.problems import InvalidContractError
from tests.contracts import column
from tests.data_contracts.made_up_contract import (
    COLUMNS,
    ROWS_RULE,
    custom_rule,
    write_contract,
)

BETWEEN = "expect_column_values_to_be_between"
ON_SIZE = {
    "type": "comparison",
    "column": {"name": "größe"},
    "operator": ">",
    "parameter": 1,
}
RULES = [
    ROWS_RULE,
    custom_rule("wide", BETWEEN, column="stars", min_value=1, row_condition=ON_SIZE),
    custom_rule("narrow", BETWEEN, column="größe", max_value=9),
    custom_rule("letters", "expect_column_values_to_match_regex", column="text", regex="a"),
    custom_rule("lengths", "expect_column_value_lengths_to_be_between", column="text", min_value=1),
]
STARS = "  - name: stars\n"
STRING_TYPES = "    logicalType: string\n    physicalType: string"
NUMBER_TYPES = "    logicalType: number\n    physicalType: float64"
ROLE = "- property: role\n      value: target"
WIDE = "  - name: wide\n    type: custom\n    engine: greatExpectations\n    severity: warning\n"
SCALE = "    logicalTypeOptions:\n      minimum: 1\n      maximum: 5\n      multipleOf: 0.5\n"
Damage = tuple[str, str]

ONE: dict[str, tuple[Damage, str]] = {
    "a key of the document": (("status: a", "staus: a"), "staus: .* did you mean status"),
    "a key of a column": (("logicalType: number", "logicaltype: number"), "did you mean logicalT"),
    "the key of a name": ((STARS, "  - nmae: stars\n"), "nmae: .* did you mean name"),
    "a key that is null": (("status: a", "~: a"), "~: .* only apiVers"),
    "a key that YAML takes for true": (("status: a", "yes: a"), "yes: .* only apiVers"),
    "a key that is a fraction": (("status: a", "1.5: a"), "1.5: must be a text, not 1.5; write it"),
    "a key of many digits": (("status: a", f"1{0:030}: a"), "must be a text, not 1000.*; write it"),
    "a key that nothing is like": (("status: a", "price_list: a"), "price_list: .* only apiVers"),
    "a number as the version": (("version: 1.0.0", "version: 1.0"), "version: must be a text"),
    "a number as apiVersion": (("apiVersion: v3.1.0", "apiVersion: 3.1"), "a text, not 3.1"),
    "another kind": (("kind: DataContract", "kind: datacontract"), 'kind must .* "datacontract"'),
    "no id": (("id: urn:datacontract:tests:films\n", ""), "the document needs an id"),
    "a key twice": (
        ("version: 1.0.0", "version: 1.0.0\nversion: v2"),
        '"version" is given twice',
    ),
    "a severity in capitals": (
        (WIDE, WIDE.replace("warning", "Warning")),
        'wide: severity must be one of critical, warning, info, not "Warning"',
    ),
    "a severity that is a number": ((WIDE, WIDE.replace("warning", "1")), "severity: .*, not 1"),
    "another engine": (
        (WIDE, WIDE.replace("greatExpectations", "soda")),
        'wide: the engine of a custom rule must be greatExpectations, not "soda"',
    ),
    "an engine in capitals": (
        (WIDE, WIDE.replace("greatExp", "GreatExp")),
        'wide: the engine of a custom rule must be greatExpectations, not "GreatExpectations"',
    ),
    "an argument of that rule": (("min_value: 1\n", "min_vlaue: 1\n"), "wide: .* mean min_value"),
    "an argument after it": (("regex: a", "rejex: a"), "letters: .* did you mean regex"),
    "names with values for properties": (
        (f"customProperties:\n    {ROLE}", "customProperties: {role: target}"),
        'must be a list, not {"role": "target"}',
    ),
    "another type of a rule": ((WIDE, WIDE.replace("custom", "sql")), 'library, custom, not "sql"'),
    "a rule without a name": ((WIDE, WIDE.replace("name: wide", "unit: x")), "rule 2 of the table"),
    "an expectation in other letters": (
        ("type: expect_column_values_to_match_regex", "type: ExpectColumnValuesToMatchRegex"),
        "did you mean expect_column_values_to_match_regex",
    ),
    "an argument": (("max_value: 9", "max_vlaue: 9"), "narrow: .* did you mean max_value"),
    "a text for a number": (("max_value: 9", "max_value: '9'"), 'must be a number, not "9"'),
    "a metric": (("metric: rowCount", "metric: rows"), 'rowCount, nullValues, not "rows"'),
    "a type that there is not": (
        ("logicalType: string", "logicalType: text"),
        'text: logicalType must be one of string, integer, number, not "text"',
    ),
    "types that contradict each other": (
        ("logicalType: string", "logicalType: number"),
        "number does not suit .* string; write string and string, or number and float64",
    ),
    "both types of a column": (
        (STRING_TYPES, NUMBER_TYPES),
        "text: .* number does not suit letters, lengths, the role text; change the type, or these",
    ),
    "both types of the target": (
        (STARS + NUMBER_TYPES, STARS + STRING_TYPES),
        "stars: .* string does not suit minimum, maximum, multipleOf, wide, the role target",
    ),
    "a list for options": ((SCALE, "    logicalTypeOptions: [1, 5]\n"), r"names .*, not \[1, 5\]"),
    "no options": ((SCALE, ""), "stars: the target needs logicalTypeOptions"),
    "an option": (("minimum: 1", "minumum: 1"), "minumum cannot be checked; did you mean minimum"),
    "a text for a bound": (("minimum: 1", "minimum: one"), 'stars: minimum .* not "one"'),
    "a renamed column": (
        ("- name: größe", "- name: size"),
        "no column größe, but rules name it: wide, narrow",
    ),
    "a column without a name": ((STARS, "  - description: x\n"), "each column needs a name"),
    "a column that is a text": ((STARS, f"  - stars_2\n{STARS}"), r'properties\.1: .* "stars_2"'),
    "a column twice": (("- name: 100g", "- name: text"), "two columns have the name text"),
    "columns under another key": (("  properties:", "  columns:"), "did you mean properties"),
    "a role": (("value: target", "value: Target"), "the role Target is none of text, target"),
    "another role": (("value: target", "value: score"), "the role score is none of text, target"),
    "the property of a role": (("property: role", "property: roel"), "write role"),
    "properties by name": (
        (ROLE, "- role: target"),
        r'0\.role: .* write property: role and value: "target"',
    ),
    "a text for properties": (
        (f"customProperties:\n    {ROLE}", "customProperties: target"),
        'customProperties: must be a list, not "target"',
    ),
    "a property that is a number": (
        (ROLE, ROLE.replace("role", "5")),
        r"customProperties\.0\.property: must be a text, not 5",
    ),
    "a property that is a text": ((ROLE, "- role"), r'Properties\.0: must .* not "role"'),
    "a role that is a number": ((ROLE, ROLE.replace("target", "5")), "role must be a text, not 5"),
    "a step": (("multipleOf: 0.5", "multipleOf: half"), 'multipleOf must .*, not "half"'),
    "a name that is a number": (("- name: größe", "- name: 5"), "name: must be a text, not 5"),
    "no role": (
        (f"    customProperties:\n    {ROLE}\n", ""),
        "no column has the role target",
    ),
    "a text for a flag": (("required: true", "required: perhaps"), 'or false, not "perhaps"'),
    "a condition": (("operator: '>'", "operator: '=>'"), 'operator must be one of .*, not "=>"'),
    "a pattern": (("regex: a", "regex: (a"), r'letters: regex must be .* RE2 .*, not "\(a"'),
    "bands that decrease": (("- 5\n      - 10", "- 10\n      - 5"), r"increasing .* \[10, 5\]"),
    "a share of one": (("value: 0.1", "value: 1"), "rejectedRowsFractionMax must be .*, not 1"),
}

SEVERAL = [
    ("a key of the document", "a number as the version", "no id"),
    ("no id", "another kind", "a number as apiVersion"),
    ("an engine in capitals", "an argument of that rule"),
    ("an expectation in other letters", "an argument after it"),
    ("a key that nothing is like", "a number as the version", "no id"),
    ("a severity in capitals", "an argument", "a share of one"),
    ("a severity that is a number", "a metric"),
    ("another engine", "a metric", "a pattern"),
    ("another engine", "no role"),
    ("an expectation in other letters", "a key twice"),
    ("both types of a column", "both types of the target"),
    ("types that contradict each other", "another role", "a text for a number"),
    ("a type that there is not", "an argument"),
    ("a renamed column", "no id", "a severity in capitals"),
    ("a column without a name", "an argument", "another kind"),
    ("a column that is a text", "a role"),
    ("a column twice", "no options"),
    ("columns under another key", "a number as the version", "a text for a bound"),
    ("a list for options", "a role"),
    ("properties by name", "no options", "a metric"),
    ("a text for properties", "an expectation in other letters"),
    ("the property of a role", "a text for a flag", "another type of a rule"),
    ("a condition", "an option", "bands that decrease"),
    ("a key of a column", "both types of a column", "a rule without a name"),
]
PYTHON = re.compile(r"Traceback|pydantic|\bNone\b|Error|<class|input|instance|schema is")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = write_contract(tmp_path_factory.mktemp("contract"), COLUMNS, RULES)
    return path.read_text(encoding="utf-8")


def damage(written: str, old: str, new: str) -> str:
    assert old in written
    return written.replace(old, new, 1)


def list_problems(written: str) -> list[str]:
    with pytest.raises(InvalidContractError) as error:
        parse_contract(written.encode(), "the contract")
    assert not [said for said in error.value.problems if PYTHON.search(said)]
    return error.value.problems


def test_the_undamaged_contract_is_read(written: str) -> None:
    assert parse_contract(written.encode(), "the contract").dataset.text == "text"


@pytest.mark.parametrize("name", ONE)
def test_one_damage_is_one_problem(written: str, name: str) -> None:
    (old, new), says = ONE[name]
    (problem,) = list_problems(damage(written, old, new))
    assert re.search(says, problem)


@pytest.mark.parametrize("names", SEVERAL, ids=" and ".join)
def test_each_of_several_damages_is_a_problem(written: str, names: tuple[str, ...]) -> None:
    for name in names:
        written = damage(written, *ONE[name][0])
    problems = list_problems(written)
    assert len(problems) == len(names)
    for name in names:
        assert [said for said in problems if re.search(ONE[name][1], said)], (name, problems)


@pytest.mark.parametrize("name", sorted(ONE.keys() - {"no id"}))
def test_a_problem_names_its_line(written: str, name: str) -> None:
    (old, new), _ = ONE[name]
    damaged = damage(written, old, new)
    (problem,) = list_problems(damaged)
    named = re.match(r"line (\d+): ", problem)
    assert named
    assert 0 < int(named[1]) <= damaged.count("\n") + 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a severity in capitals", "severity: Warning"),
        ("an argument", "max_vlaue: 9"),
        ("a text for a bound", "minimum: one"),
        ("a role", "- property: role"),
        ("both types of a column", "logicalType: number"),
        ("a key of the document", "staus: active"),
    ],
)
def test_the_line_is_that_of_the_value(written: str, name: str, line: str) -> None:
    damaged = damage(written, *ONE[name][0])
    (problem,) = list_problems(damaged)
    number = int(problem.split()[1].rstrip(":"))
    assert damaged.splitlines()[number - 1].strip().startswith(line)


def test_a_role_among_properties_that_are_no_list_is_told_too(written: str) -> None:
    properties = "customProperties: {role: score}"
    problems = list_problems(damage(written, f"customProperties:\n    {ROLE}", properties))
    assert [said.partition(": ")[2] for said in problems] == [
        'schema.films.properties.stars.customProperties: must be a list, not {"role": "score"}',
        "stars: the role score is none of text, target, row_identifier, title",
    ]


def test_a_column_that_is_copied_is_one_problem(tmp_path: Path) -> None:
    rule = custom_rule("short", "expect_column_values_to_be_unique")
    columns = [*COLUMNS[1:], *2 * [COLUMNS[0] | {"quality": [rule]}]]
    written = write_contract(tmp_path, columns).read_text(encoding="utf-8")
    (problem,) = list_problems(written)
    assert problem.endswith(": two columns have the name text")


def test_a_part_that_is_repeated_by_an_alias_is_told_once(tmp_path: Path) -> None:
    set_of_text = {"value_set": ["a", 5], "column": "text"}
    not_in = "expect_column_values_to_not_be_in_set"
    rules = [ROWS_RULE, custom_rule("x", not_in, **set_of_text)]
    text = write_contract(tmp_path, COLUMNS, rules).read_text(encoding="utf-8")
    assert len(list_problems(text)) == 1
    rules.append(custom_rule("y", not_in, value_set=set_of_text["value_set"], column="text"))
    shared = write_contract(tmp_path, COLUMNS, rules).read_text(encoding="utf-8")
    assert "*id" in shared
    (problem,) = list_problems(shared)
    assert "x: each value of value_set must be a text, not 5" in problem


def test_each_mistake_in_a_condition_is_told(tmp_path: Path) -> None:
    parts: list[dict[str, Any]] = [
        ON_SIZE | {"column": {"name": "nope"}, "operator": "=>"},
        ON_SIZE | {"parameter": "a"},
        {"type": "nullity", "column": {"name": "größ"}},
    ]
    condition = {"type": "and", "conditions": [*parts, "größe"]}
    rules = [ROWS_RULE, custom_rule("wide", BETWEEN, column="stars", max_value=1)]
    rules[1]["implementation"]["kwargs"]["row_condition"] = condition
    problems = list_problems(write_contract(tmp_path, COLUMNS, rules).read_text(encoding="utf-8"))
    assert [*map(shorten, problems)] == [
        "wide: the contract has no column nope",
        "wide: the contract has no column größ; did you mean größe?",
        'wide: row_condition: parameter for größe must be a number, not "a"',
        "wide: its operator must be one of <, <=, ==, >, >=",
        "wide: write the type nullity with is_null",
        "wide: write the type nullity with is_null",
    ]


def shorten(problem: str) -> str:
    """Leave out the line and the condition that a problem shows."""
    said = re.sub(r"the row_condition .* cannot be checked[:;] ", "", problem.partition(": ")[2])
    return re.sub(r"(is_null|>=), .*", r"\1", said)


def test_each_mistake_in_the_bands_of_a_column_is_told(tmp_path: Path) -> None:
    bands = {"sliceEdges": [2, 1], "histogramEdges": [4, 3], "logarithmic": True}
    odd = column("width", "number", **bands)
    text = write_contract(tmp_path, [*COLUMNS, odd]).read_text(encoding="utf-8")
    assert [problem.partition(": ")[2] for problem in list_problems(text)] == [
        "width: a logarithmic column needs an exclusiveMinimum of 0",
        "width: sliceEdges must be a list of increasing numbers, not [2, 1]",
        "width: histogramEdges must be a list of increasing numbers, not [4, 3]",
    ]


def test_a_column_that_nothing_draws_cannot_be_logarithmic(tmp_path: Path) -> None:
    odd = column("width", "number", options={"exclusiveMinimum": 0}, logarithmic=True)
    text = write_contract(tmp_path, [*COLUMNS, odd]).read_text(encoding="utf-8")
    (problem,) = list_problems(text)
    assert "width: only an auxiliary target or a slice of numbers can be logarithmic" in problem
