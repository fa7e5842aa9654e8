from __future__ import annotations

import pytest

from data_contracts.drafting.rules import draft_table_rules
from data_contracts.wording import join_names, write_count
from tests.data_contracts.test_constraints import constraints


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000, "1,000 rows")]
)
def test_one_alone_is_in_the_singular(number: int, written: str) -> None:
    assert write_count(number, "row") == written


@pytest.mark.parametrize(
    ("options", "meaning"),
    [
        ({"minLength": 1}, "at least 1 character"),
        ({"maxLength": 1}, "at most 1 character"),
        ({"minLength": 2}, "at least 2 characters"),
        ({"minLength": 1, "maxLength": 9}, "1 to 9 characters"),
    ],
)
def test_the_rule_about_lengths_counts_in_words(options: dict[str, int], meaning: str) -> None:
    assert constraints("string", logicalTypeOptions=options)[-1][-1] == meaning


def test_a_draft_of_one_row_asks_for_one_review() -> None:
    (rule,) = [rule for rule in draft_table_rules(1) if rule["name"] == "rows"]
    assert rule["description"] == "At least 1 review. The file of the draft has 1."


@pytest.mark.parametrize(
    ("names", "joined"),
    [
        ([], ""),
        (["country", "price"], "country, price"),
        (["city, country", 'größe, "kurz"'], '"city, country", "größe, \\"kurz\\""'),
        (['the "price"'], 'the "price"'),
    ],
)
def test_names_with_commas_are_told_apart(names: list[str], joined: str) -> None:
    assert join_names(names) == joined
