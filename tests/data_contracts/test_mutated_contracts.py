"""A valid contract with one part changed or removed: it is read, or refused in plain words."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.contract import parse_contract
from data_contracts.known_expectations import EXPECTATIONS
from data_contracts.problems import InvalidContractError
from tests.contracts import column
from tests.data_contracts.any_rule import WRONG, arguments_of
from tests.data_contracts.made_up_contract import COLUMNS, ROWS_RULE, custom_rule, write_contract

Keys = tuple[str | int, ...]
REMOVED = object()
PYTHON = re.compile(r"Traceback|pydantic|Expect[A-Z]|Arrow|\bNone\b|Error|<class|\n")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A contract with every expectation, option and property."""
    text = column("word", options={"minLength": 1, "maxLength": 5, "pattern": "a"}, aliases=["w"])
    text["customProperties"] += [{"property": "patternMeaning", "value": "an a"}]
    rules = [ROWS_RULE]
    columns = copy.deepcopy([*COLUMNS, text])
    for number, (name, known) in enumerate(EXPECTATIONS.items()):
        arguments = arguments_of(known)
        rule = custom_rule(f"rule_{number}", name, **arguments)
        of = [c for c in columns if c["name"] == arguments.get("column")]
        (of[0].setdefault("quality", []) if of else rules).append(rule)
    path = write_contract(tmp_path_factory.mktemp("contract"), columns, rules)
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def list_places(part: Any, keys: Keys = ()) -> Iterator[Keys]:
    yield keys
    listed = part if isinstance(part, list) else []
    parts = part.items() if isinstance(part, dict) else enumerate(listed)
    for key, value in parts:
        yield from list_places(value, (*keys, key))


def change(document: dict[str, Any], keys: Keys, value: Any) -> Any:
    if not keys:
        return None if value is REMOVED else value
    changed: Any = copy.deepcopy(document)
    part = changed
    for key in keys[:-1]:
        part = part[key]
    if value is REMOVED:
        del part[keys[-1]]
    else:
        part[keys[-1]] = value
    return changed


@given(data=st.data())
def test_a_changed_contract_is_read_or_refused_in_plain_words(
    document: dict[str, Any], data: st.DataObject
) -> None:
    place = data.draw(st.sampled_from([*list_places(document)]))
    value = data.draw(st.sampled_from([REMOVED, "", "a\nb", *WRONG]))
    content = yaml.safe_dump(change(document, place, value), allow_unicode=True).encode()
    try:
        parse_contract(content, "the contract")
    except InvalidContractError as error:
        for problem in error.problems:
            said = re.sub(r'"[^"]*"?', "", problem)
            assert not PYTHON.search(said), (place, value, problem)


def test_the_unchanged_contract_is_read(document: dict[str, Any]) -> None:
    contract = parse_contract(yaml.safe_dump(document, allow_unicode=True).encode(), "x")
    assert {rule.expectation for rule in contract.rules} == EXPECTATIONS.keys()


def test_a_wrong_type_of_a_column_is_one_problem(document: dict[str, Any]) -> None:
    place: Keys = ("schema", 0, "properties", 0, "logicalType")
    with pytest.raises(InvalidContractError) as error:
        parse_contract(yaml.safe_dump(change(document, place, "text")).encode(), "x")
    says = 'line 19: text: logicalType must be one of string, integer, number, not "text"'
    assert error.value.problems == [says]
