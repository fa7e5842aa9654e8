from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from great_expectations.exceptions import ExpectationNotFoundError

from data_contracts.checks import check_reviews
from data_contracts.contract import Contract, load_contract
from data_contracts.delivery import FrameDelivery
from data_contracts.findings import EXAMPLE_CHARACTERS_MAX, EXAMPLES_MAX, Finding
from data_contracts.judgement import Assessment
from data_contracts.profile import References
from tests.assessments import assess_table
from tests.data_contracts.damages.damage import demo_csv, put
from tests.data_contracts.damages.delivery import profile_demo, read_delivery, references

# Each checks the whole contract, which takes most of a second.
pytestmark = pytest.mark.slow

CONTRACT = load_contract()
ROWS = 1_000
HEADER = b",country,description,"


@functools.cache
def sound_reviews() -> pd.DataFrame:
    return read_delivery(demo_csv(ROWS, seed=3))[1].to_pandas()


def assess_reviews(
    make: Callable[[bytes], bytes] = bytes,
    contract: Contract = CONTRACT,
    compared: References | None = None,
) -> Assessment:
    return assess_table(contract, *read_delivery(make(demo_csv(ROWS, seed=3))), compared or {})


def findings_of(assessment: Assessment) -> dict[str, Finding]:
    return {finding.rule: finding for finding in assessment.checked.findings}


def with_rule(name: str, **changes: Any) -> Contract:
    rules = [rule._replace(**changes) if rule.name == name else rule for rule in CONTRACT.rules]
    return CONTRACT._replace(rules=tuple(rules))


def only(*names: str) -> Contract:
    return CONTRACT._replace(rules=tuple(r for r in CONTRACT.rules if r.name in names))


# What a severity does


def test_a_warning_that_all_rows_break_rejects_nothing() -> None:
    assessment = assess_reviews(put("price", "-1", nth=1))
    finding = findings_of(assessment)["price_range"]
    assert (finding.passed, finding.unexpected_count) == (False, ROWS)
    assert assessment.rejects.empty
    assert (assessment.rejected, assessment.reasons) == (0, [])


def test_the_same_rule_as_a_critical_one_rejects_the_file() -> None:
    assessment = assess_reviews(
        put("price", "-1", nth=1), with_rule("price_range", severity="critical")
    )
    assert assessment.rejected == ROWS
    assert assessment.reasons == [
        "1,000 of 1,000 rows break price_range; the contract tolerates 1.0%."
    ]


@pytest.mark.parametrize(("rows", "accepted"), [(1, True), (10, True), (11, False)])
def test_rows_are_left_out_up_to_a_hundredth_of_the_file(rows: int, accepted: bool) -> None:
    assessment = assess_reviews(put("points", "79", rows))
    assert (assessment.rejected, len(assessment.rejects)) == (rows, rows)
    assert (assessment.reasons == []) == accepted


def test_the_tolerance_counts_rows_and_not_breaches() -> None:
    points, texts = put("points", "79", 10), put("description", "!", 10)
    assessment = assess_reviews(lambda csv: texts(points(csv)))
    assert assessment.rejected == 10
    assert assessment.reasons == []
    by_row = assessment.rejects.groupby("row_number")["rule"].apply(list)
    assert set(map(tuple, by_row)) == {
        ("description_has_a_token", "description_length", "points_range")
    }


def test_rows_of_different_rules_are_counted_together() -> None:
    six = put("points", "79", 6)
    other = put("review_index", "x", 7)
    assessment = assess_reviews(lambda csv: other(six(csv)))
    rows = set(assessment.rejects["row_number"])
    assert assessment.rejected == len(rows) > 10
    assert "review_index_type, points_range" in assessment.reasons[0]


def test_a_critical_rule_about_the_whole_file_rejects_it_without_naming_rows() -> None:
    assessment = assess_reviews(contract=with_rule("rows", arguments={"min_value": ROWS + 1}))
    assert assessment.reasons == ["Found: 1,000; this breaks the rule rows: At least 100 reviews."]
    assert assessment.rejects.empty


def test_a_tolerance_of_a_critical_rule_leaves_no_row_out() -> None:
    assessment = assess_reviews(put("description", "Ein sehr kräftiger Wein.", 3))
    finding = findings_of(assessment)["description_language"]
    assert (finding.passed, finding.unexpected_count, finding.examples) == (True, 3, ())
    assert "description_language" not in set(assessment.rejects["rule"])


# What a finding says


def test_a_finding_names_count_share_and_examples() -> None:
    finding = findings_of(assess_reviews(put("points", "79", rows=6)))["points_range"]
    assert (finding.unexpected_count, finding.unexpected_fraction) == (6, 6 / ROWS)
    rows = [row for row, _ in finding.examples]
    assert len(set(rows)) == EXAMPLES_MAX
    assert {value for _, value in finding.examples} == {"79"}
    texts = sound_reviews()["description"].tolist()
    assert all(texts.count(texts[row]) == 1 for row in rows)


def test_examples_of_texts_are_shortened() -> None:
    finding = findings_of(assess_reviews(put("description", lambda text: text * 60, 1)))
    ((_, example),) = finding["description_length"].examples
    assert len(example) == EXAMPLE_CHARACTERS_MAX


def test_what_does_not_read_is_shown_as_it_was_written() -> None:
    assessment = assess_reviews(put("points", "eighty", 1))
    ((_, example),) = findings_of(assessment)["points_type"].examples
    assert example == "eighty"
    assert assessment.rejects[["column", "rule", "value"]].to_numpy().tolist() == [
        ["points", "points_type", "eighty"]
    ]


def test_findings_stand_in_the_contracts_order() -> None:
    findings = assess_reviews().checked.findings
    assert [finding.rule for finding in findings] == [rule.name for rule in CONTRACT.rules]
    assert [finding.severity for finding in findings] == [rule.severity for rule in CONTRACT.rules]


# What is not checked, and why


def test_without_references_only_what_speaks_of_them_is_not_checked() -> None:
    findings = findings_of(assess_reviews())
    not_evaluated = {
        name: f.not_evaluated or "" for name, f in findings.items() if f.passed is None
    }
    assert set(not_evaluated) == {rule.name for rule in CONTRACT.rules if rule.needs}
    for rule in CONTRACT.rules:
        if rule.needs:
            said = "no champion" if rule.needs == {"champion"} else "no earlier file"
            assert said in not_evaluated[rule.name]


def test_with_references_all_is_checked() -> None:
    compared = references(profile_demo(ROWS, 3), profile_demo(2_000, 1))
    findings = assess_reviews(compared=compared).checked.findings
    assert all(finding.passed for finding in findings)


def test_a_column_that_is_not_there_is_not_checked() -> None:
    contract_columns = [name for name in CONTRACT.schema.names if name != "winery"]
    findings = {
        finding.rule: finding
        for finding in check_reviews(
            CONTRACT, contract_columns, FrameDelivery(sound_reviews()), {}
        ).findings
    }
    assert findings["columns"].passed is False
    about = [rule.name for rule in CONTRACT.rules if "winery" in rule.columns]
    assert {findings[name].not_evaluated for name in about} == {"the file has no column winery"}
    assert "title_names_winery" in about


@pytest.mark.parametrize("written", [b"review_index", b"id", b"Unnamed: 0"])
def test_an_index_that_has_a_name_is_checked_as_one_without(written: bytes) -> None:
    named = written + HEADER
    assessment = assess_reviews(lambda csv: csv.replace(HEADER, named, 1))
    findings = findings_of(assessment)
    assert all(findings[name].passed for name in ("columns", "review_index_required"))
    assert assessment.reasons == []


def test_an_index_with_a_name_beside_one_without_is_named() -> None:
    twice = HEADER.replace(b",country", b",review_index,country", 1)
    assessment = assess_reviews(
        lambda csv: csv.replace(HEADER, twice, 1).replace(b"\n", b"\n7,").removesuffix(b"7,")
    )
    assert assessment.reasons[0] == (
        "the column without a name and `review_index` both match the column review_index;"
        " remove or rename one."
    )


# What ran is what the contract says


def test_an_unknown_expectation_is_no_acceptance() -> None:
    contract = with_rule("price_median", expectation="expect_column_median_to_be_pleasant")
    with pytest.raises(ExpectationNotFoundError, match="pleasant"):
        assess_reviews(contract=contract)


def test_a_contract_without_rules_is_no_acceptance() -> None:
    with pytest.raises(RuntimeError, match="no rule of the contract can be checked"):
        assess_reviews(contract=only())


def test_an_expectation_that_fails_to_run_is_no_acceptance() -> None:
    contract = with_rule("country_pattern", arguments={"column": "country", "regex": "("})
    with pytest.raises(RuntimeError, match="country_pattern could not be checked"):
        assess_reviews(contract=contract)
