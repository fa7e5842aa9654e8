from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from data_contracts.checks import check_reviews
from data_contracts.contract import load_contract
from data_contracts.judgement import collect_rejects, judge, repeats_header
from tasks.demo_reviews import make_demo_reviews

CONTRACT = load_contract()
COLUMNS = CONTRACT.schema.names


def make_frame(rows: int = 400) -> pd.DataFrame:
    reviews = make_demo_reviews(rows, seed=1).to_pandas().rename(columns={"": "review_index"})
    reviews.insert(0, "row_number", range(rows))
    return reviews.assign(unreadable=pd.Series([None] * rows, dtype="str"))


def findings_of(frame: pd.DataFrame, columns: list[str] = COLUMNS) -> dict:
    return {f.rule: f for f in check_reviews(CONTRACT.rules, columns, frame)}


def failed(frame: pd.DataFrame) -> set[str]:
    return {name for name, finding in findings_of(frame).items() if finding.passed is False}


def blank(column: str, rows: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{column: frame[column].where(frame["row_number"] >= rows)})

    return damage


def put(column: str, value: object, rows: int = 3) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(**{column: frame[column].mask(frame["row_number"] < rows, value)})

    return damage


DAMAGES = {
    "types": put("unreadable", "points: 'x'"),
    "row_count": lambda frame: frame.head(99),
    "review_index_required": blank("review_index", 1),
    "review_index_unique": put("review_index", 300),
    "country_nulls": blank("country", 10),
    "description_required": blank("description", 2),
    "description_length": put("description", "x" * 10_001),
    "description_has_a_token": put("description", "… !"),
    "points_required": blank("points", 1),
    "points_range": put("points", 101),
    "price_positive": put("price", 0.0),
    "price_nulls": blank("price", 100),
    "taster_name_nulls": blank("taster_name", 200),
    "taster_twitter_handle_nulls": blank("taster_twitter_handle", 200),
    "title_nulls": blank("title", 10),
    "variety_nulls": blank("variety", 10),
    "winery_nulls": blank("winery", 10),
}


def test_the_undamaged_file_breaks_no_rule() -> None:
    assert failed(make_frame()) == set()


@pytest.mark.parametrize("rule", sorted(DAMAGES))
def test_each_rule_fails_on_its_damage_and_no_other_does(rule: str) -> None:
    assert failed(DAMAGES[rule](make_frame())) == {rule}


def test_every_rule_has_its_damage() -> None:
    assert {rule.name for rule in CONTRACT.rules} == set(DAMAGES) | {"columns"}


@pytest.mark.parametrize(
    "columns",
    [COLUMNS[:-1], [*COLUMNS, "colour"], [*COLUMNS[2:], *COLUMNS[:2]], [*COLUMNS[:-1], "price"]],
)
def test_other_columns_break_the_rule_of_the_columns(columns: list[str]) -> None:
    findings = findings_of(make_frame(), columns)
    assert findings["columns"].passed is False
    assert (findings["winery_nulls"].passed is None) == ("winery" not in columns)
    assert judge(CONTRACT, list(findings.values()), 400, 0)


def test_findings_name_count_share_and_examples() -> None:
    found = findings_of(put("points", 79, rows=6)(make_frame()))["points_range"]
    assert (found.unexpected_count, found.unexpected_fraction) == (6, 6 / 400)
    assert found.examples == tuple((row, "79") for row in range(5))


def test_rejects_are_tolerated_up_to_the_contracts_share() -> None:
    for rows, accepted in ((4, True), (5, False)):
        frame = put("points", 79, rows)(make_frame())
        findings = list(findings_of(frame).values())
        rejects = collect_rejects(CONTRACT, findings, frame)
        assert rejects["row_number"].tolist() == list(range(rows))
        assert set(rejects["rule"]) == {"points_range"}
        assert (judge(CONTRACT, findings, len(frame), rows) == []) == accepted


def test_a_row_that_breaks_two_rules_is_listed_for_both() -> None:
    frame = put("points", 79, 1)(put("description", "!", 1)(make_frame()))
    rejects = collect_rejects(CONTRACT, list(findings_of(frame).values()), frame)
    assert rejects["rule"].tolist() == ["description_has_a_token", "points_range"]
    assert rejects["value"].tolist() == ["!", "79"]


def test_a_warning_rejects_nothing() -> None:
    frame = put("price", 0.0, rows=300)(make_frame())
    findings = list(findings_of(frame).values())
    assert collect_rejects(CONTRACT, findings, frame).empty
    assert judge(CONTRACT, findings, len(frame), 0) == []


def test_a_header_among_the_rows_is_found() -> None:
    frame = make_frame()
    assert repeats_header(CONTRACT, frame) == []
    text = [c for c in COLUMNS if c not in ("review_index", "points", "price")]
    frame.loc[7, text] = text
    assert repeats_header(CONTRACT, frame) == [7]
