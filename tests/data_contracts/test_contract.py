from __future__ import annotations

from data_contracts.contract import load_contract

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


def test_rules_have_names_of_their_own_and_sentences() -> None:
    rules = load_contract().rules
    assert len({rule.name for rule in rules}) == len(rules) >= 15
    assert all(rule.meaning.endswith(".") for rule in rules)
    assert {rule.severity for rule in rules} == {"critical", "warning"}
    columns = set(load_contract().schema.names)
    assert all(rule.column in columns | {None, "unreadable"} for rule in rules)
