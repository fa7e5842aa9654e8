"""What findings come to; tests/data_contracts/test_checks.py has whole deliveries."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from data_contracts import judgement
from data_contracts.checks import NO_COLUMN
from data_contracts.contract import Contract, load_contract
from data_contracts.findings import Finding
from data_contracts.judgement import assess, judge
from data_contracts.rules import Rule

pytestmark = pytest.mark.heavy

CONTRACT = load_contract()._replace(rejected_fraction_max=0.1)
COUNTRY = Rule(
    *("country_required", "country", "critical", "expect_column_values_to_not_be_null"),
    *({"column": "country"}, "Never empty."),
)
PRICE = Rule(
    *("price_range", "price", "warning", "expect_column_values_to_be_between"),
    *({"column": "price", "max_value": 100}, "At most 100."),
)
POINTS = Rule(
    *("points_range", "points", "critical", "expect_column_values_to_be_between"),
    *({"column": "points", "min_value": 80}, "At least 80."),
)
ROWS = Rule(
    *("rows", None, "critical", "expect_table_row_count_to_be_between"),
    *({"min_value": 3}, "At least 3 reviews."),
)


def about_file(**changes: Any) -> Finding:
    return Finding("rows", None, "critical", "At least 3 reviews.", False)._replace(**changes)


def about_rows(rule: str, count: int, **changes: Any) -> Finding:
    found = Finding(rule, "country", "critical", "Given.", False, None, count, count / 100)
    return found._replace(**changes)


@pytest.mark.parametrize(
    ("finding", "reasons"),
    [
        (about_file(observed="2"), ["At least 3 reviews; found: 2."]),
        (about_file(observed="5", passed=True), []),
        (about_file(observed="2", severity="warning"), []),
        (about_file(passed=None, not_asked="there is no champion"), []),
        (
            about_file(passed=None, not_asked=f"{NO_COLUMN}points"),
            ["Critical rules could not be checked: the file has no column points."],
        ),
        (about_file(passed=None, not_asked=f"{NO_COLUMN}points", severity="warning"), []),
        (about_rows("r", 3), []),
    ],
)
def test_a_critical_rule_about_the_file_rejects_it(finding: Finding, reasons: list[str]) -> None:
    assert judge(CONTRACT, [finding], 100, 0) == reasons


def test_each_missing_column_is_a_reason_once() -> None:
    lacking = [
        about_file(rule=str(number), passed=None, not_asked=f"{NO_COLUMN}{column}")
        for number, column in enumerate(["title", "points", "title"])
    ]
    assert judge(CONTRACT, lacking, 100, 0) == [
        "Critical rules could not be checked: the file has no column points.",
        "Critical rules could not be checked: the file has no column title.",
    ]


@pytest.mark.parametrize(("rejected", "accepted"), [(99, True), (100, True), (101, False)])
def test_the_tolerance_is_a_share_of_the_rows(rejected: int, accepted: bool) -> None:
    assert (judge(CONTRACT, [about_rows("r", rejected)], 1_000, rejected) == []) == accepted


def test_too_many_rows_are_reported_with_the_rules_that_they_break() -> None:
    findings = [
        about_rows("second", 60),
        about_rows("first", 60),
        about_rows("kept", 0, passed=True),
        about_rows("warning", 60, severity="warning"),
        about_rows("tolerated", 6, passed=True),
        about_file(observed="2"),
    ]
    assert judge(CONTRACT, findings, 1_100, 1_020)[1:] == [
        "1,020 of 1,100 rows break first, second; the contract tolerates 10.0%."
    ]


def delivery(*rules: Rule, tolerated: float = 0.5, **columns: list[Any]) -> Any:
    contract: Contract = CONTRACT._replace(rules=rules, rejected_fraction_max=tolerated)
    reviews = {
        "row_number": [0, 1, 2, 3],
        "country": ["A", None, "B", None],
        "points": [80, 79, 90, 91],
        "price": [200.0, 10.0, 10.0, 10.0],
    }
    return assess(contract, list(contract.header), pa.table(reviews | columns), {})


def test_a_row_that_breaks_several_critical_rules_is_left_out_once() -> None:
    assessment = delivery(COUNTRY, PRICE, POINTS, ROWS)
    assert assessment.left_out.tolist() == [False, True, False, True]
    assert (assessment.rejected, assessment.reasons) == (2, [])
    rejects = assessment.rejects[["row_number", "rule"]].to_numpy().tolist()
    assert rejects == [[1, "country_required"], [1, "points_range"], [3, "country_required"]]
    assert [f.rule for f in assessment.checked.findings] == [
        *("country_required", "price_range", "points_range", "rows"),
    ]


def test_of_a_file_that_is_rejected_a_part_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert judgement.REJECTS_LISTED_MAX == 5_000
    monkeypatch.setattr(judgement, "REJECTS_LISTED_MAX", 1)
    accepted, rejected = delivery(COUNTRY), delivery(COUNTRY, tolerated=0.25)
    assert (len(accepted.rejects), accepted.reasons) == (2, [])
    assert (len(rejected.rejects), rejected.rejected) == (1, 2)
    assert rejected.reasons == ["2 of 4 rows break country_required; the contract tolerates 25.0%."]


def test_what_there_is_nothing_to_compare_with_is_reported() -> None:
    rule = ROWS._replace(arguments={"min_value": 3, "max_value": "$last.rows"})
    contract = CONTRACT._replace(rules=(COUNTRY, rule))
    reviews = pa.table({"row_number": [0], "country": ["A"]})
    header = list(contract.header)
    told = [assess(contract, header, reviews, {}, *a) for a in ((), ({"last": "because"},))]
    said = [assessment.checked.findings[1].not_asked for assessment in told]
    assert said == ["there is no earlier file to compare with", "because"]


def test_columns_of_the_header_have_the_contracts_names() -> None:
    index = COUNTRY._replace(name="index", column="review_index")
    index = index._replace(arguments={"column": "review_index"})
    (finding,) = delivery(index, review_index=[0, 1, 2, 3]).checked.findings
    assert finding.passed


def test_a_column_that_the_header_lacks_is_not_checked() -> None:
    contract = CONTRACT._replace(rules=(COUNTRY, PRICE))
    header = [name for name in contract.header if name != "country"]
    reviews = pa.table({"row_number": [0], "country": [None], "price": [10.0]})
    assessment = assess(contract, header, reviews, {})
    assert assessment.reasons == [
        "Critical rules could not be checked: the file has no column country."
    ]
