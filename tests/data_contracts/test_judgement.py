"""What findings come to; tests/data_contracts/test_checks.py has whole deliveries."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from data_contracts import judgement
from data_contracts.checks import NO_COLUMN
from data_contracts.contract import Contract, load_contract
from data_contracts.findings import Finding
from data_contracts.judgement import judge
from data_contracts.matching import match_columns
from data_contracts.profile import Known
from data_contracts.rules import Rule
from tests.assessments import assess_table

pytestmark = pytest.mark.heavy

CONTRACT = load_contract()._replace(rejected_fraction_max=0.1)
MATCHING = match_columns(CONTRACT, list(CONTRACT.header))
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
        (
            about_file(observed="2"),
            ["Found: 2; this breaks the rule rows: At least 3 reviews."],
        ),
        (about_file(observed="5", passed=True), []),
        (about_file(observed="2", severity="warning"), []),
        (about_file(passed=None, not_evaluated="there is no champion"), []),
        # `assess` names the columns that a file needs.
        (about_file(passed=None, not_evaluated=f"{NO_COLUMN}points"), []),
        (about_rows("r", 3), []),
    ],
)
def test_a_critical_rule_about_the_file_rejects_it(finding: Finding, reasons: list[str]) -> None:
    assert judge(CONTRACT, [finding], 100, 0) == reasons


@pytest.mark.parametrize(("rejected", "accepted"), [(99, True), (100, True), (101, False)])
def test_the_tolerance_is_a_share_of_the_rows(rejected: int, accepted: bool) -> None:
    assert (judge(CONTRACT, [about_rows("r", rejected)], 1_000, rejected) == []) == accepted


def test_too_many_rows_are_reported_with_the_rules_that_they_break() -> None:
    findings = [
        about_rows("first", 60),
        about_rows("second", 600),
        about_rows("third", 60),
        about_rows("kept", 0, passed=True),
        about_rows("warning", 60, severity="warning"),
        about_rows("tolerated", 6, passed=True),
        about_file(observed="2"),
    ]
    assert judge(CONTRACT, findings, 1_100, 1_020)[:-1] == [
        "1,020 of 1,100 rows break second, first, third; the contract tolerates 10.0%."
    ]


@pytest.mark.parametrize("unreadable", [True, False])
def test_the_most_basic_cause_comes_first(unreadable: bool) -> None:
    error = ROWS._replace(name="error", arguments={"champion_error": "$champion.error"})
    counts = error._replace(name="counts", arguments={"reference_counts": "$champion.rows"})
    findings = [
        *(about_file(rule=name, observed="2") for name in ("error", "counts", "rows")),
        about_rows("points_range", 600),
        about_rows("rows_readable", 20, column=None, passed=not unreadable),
    ]
    contract = CONTRACT._replace(rules=(error, counts, ROWS))
    reasons = judge(contract, findings, 1_000, 620, columns=["The file has no column a."])
    begins = ["620 of 1,000 rows break rows_readable, points_range;", "The file has no column a."]
    if not unreadable:
        begins = [begins[1], "620 of 1,000 rows break points_range;"]
    begins += [f"Found: 2; this breaks the rule {name}:" for name in ("counts", "rows", "error")]
    for reason, begin in zip(reasons, begins, strict=True):
        assert reason.startswith(begin)


def test_if_no_row_can_be_read_the_reason_says_why_and_nothing_else() -> None:
    examples = ((3, "5 fields, not 2"),)
    findings = [
        about_file(observed="0"),
        about_rows("rows_readable", 20, column=None, examples=examples),
    ]
    (reason,) = judge(CONTRACT, findings, 20, 20)
    assert reason.endswith("; the contract tolerates 10.0%. Row 3: 5 fields, not 2.")
    assert len(judge(CONTRACT, findings, 21, 20)) == 2


def delivery(*rules: Rule, tolerated: float = 0.5, **columns: list[Any]) -> Any:
    contract: Contract = CONTRACT._replace(rules=rules, rejected_fraction_max=tolerated)
    reviews = {
        "row_number": [0, 1, 2, 3],
        "country": ["A", None, "B", None],
        "points": [80, 79, 90, 91],
        "price": [200.0, 10.0, 10.0, 10.0],
    }
    return assess_table(contract, MATCHING, pa.table(reviews | columns), {})


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
    told = [assess_table(contract, MATCHING, reviews, {}, *a) for a in ((), ({"last": "because"},))]
    said = [assessment.checked.findings[1].not_evaluated for assessment in told]
    assert said == ["there is no earlier file to compare with", "because"]


def test_columns_of_the_header_have_the_contracts_names() -> None:
    index = COUNTRY._replace(name="index", column="review_index")
    index = index._replace(arguments={"column": "review_index"})
    (finding,) = delivery(index, review_index=[0, 1, 2, 3]).checked.findings
    assert finding.passed


def assess_header(*header: str, **changes: Any) -> Any:
    """Assess one sound row of a file with this header."""
    contract = CONTRACT._replace(rules=(COUNTRY, PRICE, POINTS), **changes)
    reviews = {"row_number": [0], "country": ["A"], "price": [10.0], "points": [90]}
    return assess_table(contract, match_columns(contract, list(header)), pa.table(reviews), {})


def test_a_column_that_a_file_may_lack_is_not_checked() -> None:
    assessment = assess_header("description", "points", "price")
    country, price, points = assessment.checked.findings
    assert country.not_evaluated == "the file has no column country"
    assert (price.passed, points.passed) == (True, True)
    assert assessment.reasons == []


def test_each_column_that_a_file_needs_and_lacks_is_a_reason() -> None:
    found = "; its columns are country, Price, (no name), colour."
    assessment = assess_header("country", "Price", "", "colour")
    assert assessment.reasons == [
        f"The file has no column description, the text{found}",
        f"The file has no column points, the target{found}",
    ]


def test_what_the_contract_makes_mandatory_is_needed_too() -> None:
    needed = frozenset({"description", "points", "price"})
    assert assess_header("description", "points", "price", needed=needed).reasons == []
    (reason,) = assess_header("description", "points", needed=needed).reasons
    assert reason == "The file has no column price; its columns are description, points."


def test_columns_that_clash_are_a_reason_even_where_the_file_needs_none_of_them() -> None:
    assert assess_header("description", "points", "price", "Price").reasons == [
        "`price` and `Price` both match the column price; remove or rename one."
    ]


def test_reasons_about_columns_come_before_others() -> None:
    contract = CONTRACT._replace(rules=(ROWS,))
    reviews = pa.table({"row_number": [0]})
    reasons = assess_table(
        contract, match_columns(contract, ["points", "points"]), reviews, {}
    ).reasons
    assert [reason.split(maxsplit=1)[0] for reason in reasons] == ["`points`", "The", "Found:"]


def test_a_long_header_is_cut_in_reasons() -> None:
    (reason,) = assess_header("points", *[f"column {n} {'x' * 300}" for n in range(500)]).reasons
    assert "its columns are points, column 0 xxx" in reason
    assert len(reason) < 1_000


def test_a_file_of_which_nothing_can_be_checked_is_never_accepted() -> None:
    reviews = pa.table({"row_number": [0]})
    contract = CONTRACT._replace(rules=(COUNTRY,))
    with pytest.raises(RuntimeError, match="no rule of the contract can be checked"):
        assess_table(contract, match_columns(contract, ["description", "points"]), reviews, {})
    other = assess_table(contract, match_columns(contract, ["a", "b"]), reviews, {})
    assert [reason[:20] for reason in other.reasons] == ["The file has no colu"] * 2
    assert [finding.passed for finding in other.checked.findings] == [None]


def test_a_reason_names_the_file_that_was_compared_and_the_way_out() -> None:
    profile: Any = None
    last = Known(profile, "the file of Monday", advice="Choose another one.")
    champion = Known(profile, "the champion's reviews", advice="Compare with none.")
    references = {"champion": champion, "last": last}
    findings = [
        about_file(rule="rows_against_last", observed="40%"),
        about_file(observed="9"),
        # The champion's error is no comparison with the champion's training data.
        about_file(rule="champion_error_large", observed="the champion's MAE is 9"),
    ]
    assert judge(CONTRACT, findings, 100, 0, references) == [
        "Found: 40%, compared with the file of Monday; this breaks the rule rows_against_last: At"
        " least 3 reviews. Choose another one.",
        "Found: 9; this breaks the rule rows: At least 3 reviews.",
        "Found: the champion's MAE is 9; this breaks the rule champion_error_large: At least 3"
        " reviews. Compare with none.",
    ]
