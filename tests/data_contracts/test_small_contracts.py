"""Contracts of a few rules, checked on a few rows; test_checks.py checks the whole contract."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from data_contracts.checks import NO_COLUMN, Checked, check_reviews
from data_contracts.contract import load_contract
from data_contracts.delivery import FrameDelivery
from data_contracts.expectations import VOCABULARIES
from data_contracts.findings import Finding
from data_contracts.profile import ChampionError, Known, Profile
from data_contracts.rules import Rule
from data_contracts.suites import make_expectations
from data_contracts.written_rules import Severity

pytestmark = pytest.mark.heavy

CONTRACT = load_contract()
BETWEEN = "expect_column_values_to_be_between"
BEGINS = "expect_column_pair_values_a_to_begin_with_b"
SAME_COLUMNS = "expect_table_columns_to_match_set"
REVIEWS = pd.DataFrame(
    {
        "row_number": [10, 11, 12],
        "points": pd.Series([80, 79, 90], dtype="Int64"),
        ":as_written:points": pd.Series([None, None, None], dtype="str"),
        "title": pd.Series(["A 1", "C", "B 2"], dtype="str"),
        "winery": pd.Series(["A", "B", "B"], dtype="str"),
    }
)


def rule(
    name: str,
    column: str | None,
    expectation: str,
    severity: Severity = "critical",
    **arguments: Any,
) -> Rule:
    of_column = {"column": column} if column and "column_A" not in arguments else {}
    return Rule(name, column, severity, expectation, of_column | arguments, f"About {name}.")


HEADER = rule("columns", None, SAME_COLUMNS, column_set="$columns")
ROWS = rule("rows", None, "expect_table_row_count_to_be_between", min_value=3)
POINTS = rule("points_range", "points", BETWEEN, min_value=80)
TYPE = Rule(
    *("points_type", "points", "critical", "expect_column_values_to_be_null"),
    *({"column": ":as_written:points"}, "A number."),
)
TITLE = rule("title_names_winery", "title", BEGINS, column_A="title", column_B="winery")
LONG = rule("title_length", "title", "expect_column_value_lengths_to_be_between", min_value=1)
WARNING = rule("points_high", "points", BETWEEN, "warning", min_value=85)
GROWN = rule("rows_near_last", None, "expect_table_row_count_to_be_between", min_value="$last.rows")


def profile(**changes: Any) -> Profile:
    counts: dict[str, Any] = {
        "rows": 7,
        "null_fractions": {"title": 0.25},
        "target_counts": {80: 5, 90: 2},
        "histograms": {"price": [1, 2]},
        "token_bins": [3, 4],
        "categories": {},
        "tokens": {"wine": 4, "firm": 3},
        "unknown_by_chance": 0.125,
        "length_correlation": 0.5,
    }
    return Profile(**counts | changes)


def check(*rules: Rule, columns: list[str] | None = None, **references: Known) -> Checked:
    contract = CONTRACT._replace(rules=rules)
    return check_reviews(
        contract, columns or contract.schema.names, FrameDelivery(REVIEWS), references
    )


def test_every_rule_is_checked_in_the_contracts_order() -> None:
    rules = (LONG, POINTS, HEADER, TITLE, ROWS, TYPE, WARNING)
    checked = check(*rules)
    assert [finding.rule for finding in checked.findings] == [rule.name for rule in rules]
    assert [finding.passed for finding in checked.findings] == [
        *(True, False, True, False, True, True, False),
    ]
    assert checked.suite.name == CONTRACT.name
    asked = [expectation.meta["rule"] for expectation in checked.suite.expectations]
    assert asked == [rule.name for rule in rules]
    told = [result.expectation_config.meta["rule"] for result in checked.results]
    assert told == asked


def test_rows_are_marked_that_break_critical_rules() -> None:
    breaches = check(POINTS, TITLE, WARNING, LONG).breaches
    assert {name: rows.tolist() for name, rows in breaches.items()} == {
        "points_range": [1],
        "title_names_winery": [1],
    }


def test_examples_come_with_their_rows() -> None:
    points, title = check(POINTS, TITLE).findings
    assert points.examples == ((11, "79"),)
    assert title.examples == ((11, "winery B; title C"),)
    assert points.unexpected_fraction == pytest.approx(1 / 3)


def test_the_header_is_checked_as_it_is() -> None:
    columns = [*CONTRACT.schema.names, "odd"]
    (finding,) = check(HEADER, columns=columns).findings
    assert (finding.passed, finding.observed) == (False, "unknown: odd")


def test_what_the_file_lacks_is_not_checked() -> None:
    columns = [name for name in CONTRACT.schema.names if name not in ("winery", "title")]
    title, length, points = check(TITLE, LONG, POINTS, columns=columns).findings
    assert title == Finding(
        *("title_names_winery", "title", "critical", "About title_names_winery.", None),
        *("the file has no column title, winery",),
    )
    assert length.not_evaluated == "the file has no column title"
    assert (points.not_evaluated, points.passed) == (None, False)
    assert title.not_evaluated.startswith(NO_COLUMN)


def test_all_that_is_missing_is_named_in_the_order_of_names() -> None:
    names = ["country", "price", "province", "region_1", "variety", "winery"]
    given = [{"type": "nullity", "column": {"name": n}, "is_null": False} for n in names[1:]]
    condition = {"type": "and", "conditions": given}
    (missing, _) = check(
        rule("asked", "country", BETWEEN, row_condition=condition), ROWS, columns=["points"]
    ).findings
    assert missing.not_evaluated == f"the file has no column {', '.join(names)}"


def test_what_there_is_nothing_to_compare_with_is_not_checked() -> None:
    rows, grown = check(ROWS, GROWN).findings
    assert (rows.not_evaluated, rows.passed) == (None, True)
    assert grown.not_evaluated == "there is no earlier file to compare with"
    (_, compared) = check(ROWS, GROWN, last=Known(profile(rows=3), "")).findings
    assert (compared.not_evaluated, compared.passed) == (None, True)
    (_, fewer) = check(ROWS, GROWN, last=Known(profile(rows=4), "")).findings
    assert fewer.passed is False


def test_a_champion_that_is_not_there_is_named() -> None:
    of_champion = GROWN._replace(arguments={"min_value": "$champion.rows"})
    (_, finding) = check(ROWS, of_champion, last=Known(profile(), "")).findings
    assert finding.not_evaluated == "there is no champion"


def test_a_column_that_is_missing_is_the_first_reason() -> None:
    both = POINTS._replace(arguments={"column": "points", "min_value": "$last.rows"})
    columns = [name for name in CONTRACT.schema.names if name != "points"]
    (_, finding) = check(ROWS, both, columns=columns).findings
    assert finding.not_evaluated == "the file has no column points"


def test_texts_that_begin_with_a_dollar_stand_for_what_is_known() -> None:
    last = Known(profile(), "the last", accepted_before="2026-01-05")
    error = ChampionError(rows=9, mae=1.0, low=0.9, high=1.1, promoted_mae=1.0, digits=3)
    champion = Known(profile(rows=9, tokens={"soft": 2}), "the champion", error=error)
    (price,) = [column for column in CONTRACT.dataset.slices if column.histogram_edges]
    stands_for: dict[str, Any] = {
        "$columns": CONTRACT.schema.names,
        "$target_width": 1,
        "$edges": list(price.histogram_edges or ()),
        "$champion.error": error._asdict(),
    }
    for name, known in (("last", last), ("champion", champion)):
        stands_for |= {
            f"${name}.rows": known.profile.rows,
            f"${name}.null_fractions": {"title": 0.25},
            f"${name}.target_counts": {80: 5, 90: 2},
            f"${name}.histogram": {0: 1, 1: 2},
            f"${name}.token_bins": {0: 3, 1: 4},
            f"${name}.vocabulary": known.profile.vocabulary_digest,
            f"${name}.unknown_by_chance": 0.125,
            f"${name}.length_correlation": 0.5,
            f"${name}.accepted_before": known.accepted_before,
        }
    made = make_expectations(CONTRACT.rules, CONTRACT, {"last": last, "champion": champion})
    compared = [(r, k, v) for r in CONTRACT.rules for k, v in r.arguments.items()]
    named = [(rule.name, key, v) for rule, key, v in compared if str(v).startswith("$")]
    assert len(named) > 15
    for name, key, text in named:
        assert getattr(made[name], key) == stands_for[text], (name, key)
    kept = {digest: tokens.to_pylist() for digest, tokens in VOCABULARIES.items()}
    assert kept[last.profile.vocabulary_digest] == ["wine", "firm"]
    assert kept[champion.profile.vocabulary_digest] == ["soft"]


def test_a_vocabulary_without_words_is_one_of_texts() -> None:
    nothing = profile(tokens={})
    make_expectations([ROWS], CONTRACT, {"last": Known(nothing, "")})
    assert VOCABULARIES[nothing.vocabulary_digest].type == "string"


def test_an_expectation_says_whose_it_is() -> None:
    made = make_expectations([WARNING, TITLE], CONTRACT, {})
    theirs, ours = made["points_high"], made["title_names_winery"]
    assert (theirs.description, theirs.notes) == (None, "About points_high.")
    assert (ours.description, ours.notes) == ("About title_names_winery.", None)
    assert (theirs.severity, ours.severity) == ("warning", "critical")
    assert (theirs.meta, theirs.min_value) == ({"rule": "points_high"}, 85)
