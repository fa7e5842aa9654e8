"""The table of expectations, compared with the classes and with what they evaluate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.registry import get_expectation_impl

from data_contracts.checks import check_reviews
from data_contracts.counted_rows import FrameCounts
from data_contracts.dataset import Dataset
from data_contracts.delivery import FrameDelivery
from data_contracts.known_expectations import EXPECTATIONS
from data_contracts.profile import ChampionError, Known, profile_reviews
from data_contracts.rule_checks import check_references, check_rule
from data_contracts.rules import Rule
from tests.data_contracts.any_rule import TYPES, WRONG, arguments_of, rule_of
from tests.data_contracts.damages.delivery import read_delivery
from tests.data_contracts.made_up_contract import make_contract, make_csv

pytestmark = pytest.mark.heavy

OF_ALL = {*Expectation.__fields__, "batch_id", "condition_parser", "ignore_row_if", "metadata"}
OF_ALL |= {"library_metadata"}
"""Fields that no contract gives: those of every expectation, and those that we set."""
OPTIONAL_THERE = {"regex", "column_set", "accepted_before", "reference_correlation"}
"""Arguments without which an expectation would check nothing."""


@pytest.mark.parametrize("name", EXPECTATIONS)
def test_the_table_has_the_arguments_of_the_class(name: str) -> None:
    known, fields = EXPECTATIONS[name], get_expectation_impl(name).__fields__
    assert {*known.columns, *known.arguments} == fields.keys() - OF_ALL
    required = {key for key, field in fields.items() if field.required}
    needed = {*known.columns, *known.required}
    assert required <= needed <= required | OPTIONAL_THERE


def list_rules(name: str, dataset: Dataset) -> Iterator[Rule]:
    """List rules of one expectation, each with another value of one argument, that are read."""
    right = arguments_of(EXPECTATIONS[name])
    values: dict[str, list[Any]] = {key: [*WRONG, 0, 1, -1, -0.5, "a"] for key in right}
    values |= {key: [*TYPES] for key in EXPECTATIONS[name].columns}
    roles = {"text": dataset.text, "target": dataset.target.name}
    binned = {column.name for column in dataset.slices if column.histogram_edges}
    yield rule_of(name, right)
    for key in right:
        kept = {k: v for k, v in right.items() if k != key}
        for arguments in (kept, *(right | {key: value} for value in values[key])):
            rule = rule_of(name, arguments)
            try:
                check_rule(rule, TYPES)
                check_references(rule, roles, binned)
            except ValueError:
                continue
            yield rule


@pytest.mark.parametrize("rows", [200, 1])
def test_every_rule_that_is_read_can_be_evaluated(tmp_path: Path, rows: int) -> None:
    contract = make_contract(tmp_path)
    reviews = read_delivery(make_csv(rows).to_csv(index=False).encode(), contract)[1]
    profile = profile_reviews(FrameCounts(reviews), contract.schema.names, contract.dataset)
    error = ChampionError(rows=9, mae=1.0, low=0.9, high=1.1, promoted_mae=1.0, digits=3)
    known = Known(profile, "a file", error=error)
    rules = [rule for name in EXPECTATIONS for rule in list_rules(name, contract.dataset)]
    rules = [rule._replace(name=f"rule_{number}") for number, rule in enumerate(rules)]
    contract = contract._replace(rules=tuple(rules))
    references = {"last": known, "champion": known}
    findings = check_reviews(
        contract, contract.schema.names, FrameDelivery.of(reviews), references
    ).findings
    unchecked = [f for f in findings if f.passed is None]
    assert (len(findings), unchecked) == (len(rules), [])
    assert len(rules) > 300
