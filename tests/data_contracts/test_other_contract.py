"""Whole deliveries of made-up data that are no wine reviews, checked by a contract of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data_contracts.contract import Contract
from data_contracts.counted_rows import FrameCounts
from data_contracts.data_docs import write_data_docs
from data_contracts.judgement import Assessment
from data_contracts.profile import Known, Profile, References, profile_reviews
from data_contracts.wording import join_names
from tests.assessments import assess_table
from tests.contracts import column
from tests.data_contracts.damages.delivery import read_delivery
from tests.data_contracts.made_up_contract import (
    DECIMAL,
    NUMBER,
    ODD,
    ROWS_RULE,
    TARGET,
    TEXT,
    custom_rule,
    make_contract,
    make_csv,
)

pytestmark = pytest.mark.heavy

ROWS = 400
DIVERGES = "expect_column_divergence_from_reference_to_be_between"
HISTOGRAM = "expect_column_histogram_divergence_from_reference_to_be_between"
COLUMNS_RULE = custom_rule("columns", "expect_table_columns_to_match_set", column_set="$columns")
NEAR = {"max_value": 0.1}
STARS_RULE = custom_rule(
    *("stars_near", DIVERGES), width="$target_width", reference_counts="$last.target_counts", **NEAR
)
SIZES_RULE = custom_rule(
    *("sizes_near", HISTOGRAM), edges="$edges", reference_counts="$last.histogram", **NEAR
)

Change = Callable[[pd.DataFrame], pd.DataFrame]


def contract_of(folder: Path, target: dict[str, Any] = TARGET, *more: dict[str, Any]) -> Contract:
    target, number = target | {"quality": [STARS_RULE]}, NUMBER | {"quality": [SIZES_RULE]}
    odd = [number if made is NUMBER else made for made in ODD]
    return make_contract(folder, [TEXT, target, *odd, *more], [ROWS_RULE, COLUMNS_RULE])


def put(column: str, value: object, rows: int = ROWS) -> Change:
    """Put a value into the first rows of a column."""
    return lambda made: made.assign(**{column: [str(value)] * rows + made[column].tolist()[rows:]})


def deliver(contract: Contract, change: Change = lambda made: made) -> Any:
    csv = change(make_csv(ROWS)).to_csv(index=False).encode()
    return read_delivery(csv, contract)


def profile(contract: Contract, change: Change = lambda made: made) -> Profile:
    reviews = deliver(contract, change)[1]
    return profile_reviews(FrameCounts(reviews), contract.schema.names, contract.dataset)


def last(made: Profile) -> References:
    return {"last": Known(made, "the last file")}


def broken(assessment: Assessment) -> set[str]:
    return {f.rule for f in assessment.checked.findings if f.passed is False}


@pytest.mark.parametrize("target", [TARGET, DECIMAL])
def test_a_sound_delivery_breaks_no_rule(tmp_path: Path, target: dict[str, Any]) -> None:
    contract = contract_of(tmp_path, target)
    assessment = assess_table(contract, *deliver(contract), last(profile(contract)))
    assert broken(assessment) == set()
    assert [f.rule for f in assessment.checked.findings if f.passed is None] == []
    assert (assessment.rejected, assessment.reasons) == (0, [])
    asked = [finding.rule for finding in assessment.checked.findings]
    assert asked == [rule.name for rule in contract.rules]


@pytest.mark.parametrize(
    ("stars", "rules"),
    [
        ("4.3", {"stars_step"}),
        ("4.25", {"stars_step"}),
        ("4.5", set()),
        ("4.50", set()),
        ("4", set()),
        ("0.5", {"stars_range"}),
        ("5.5", {"stars_range"}),
        ("5.1", {"stars_range", "stars_step"}),
        ("four", {"stars_type"}),
        ("", {"stars_required"}),
    ],
)
def test_rows_with_a_target_that_there_cannot_be_are_left_out(
    tmp_path: Path, stars: str, rules: set[str]
) -> None:
    contract = contract_of(tmp_path)
    assessment = assess_table(contract, *deliver(contract, put("stars", stars, 3)), {})
    assert broken(assessment) == rules
    assert np.flatnonzero(assessment.left_out).tolist() == ([0, 1, 2] if rules else [])
    assert set(assessment.rejects["rule"]) == rules
    assert assessment.reasons == []
    assert set(assessment.rejects["value"]) <= {stars}


def test_a_target_without_a_step_may_have_any_value_of_its_scale(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, DECIMAL)
    assert "stars_step" not in {rule.name for rule in contract.rules}
    assert broken(assess_table(contract, *deliver(contract, put("stars", "4.321", 3)), {})) == set()
    beyond = assess_table(contract, *deliver(contract, put("stars", "10.001", 3)), {})
    assert (broken(beyond), beyond.rejected) == ({"stars_range"}, 3)


@pytest.mark.parametrize("target", [TARGET, DECIMAL])
@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (put("stars", "3.5"), {"stars_near"}),
        # Half a step is seen: counts are in steps, not in whole stars.
        (lambda made: made.assign(stars=(made["stars"].astype(float).round())), {"stars_near"}),
        (put("größe", 15), {"sizes_near"}),
        # Within the same bars nothing has changed.
        (lambda made: made.assign(größe=made["größe"].replace("1", "2")), set()),
    ],
)
def test_distributions_are_compared_in_the_datasets_own_bins(
    tmp_path: Path, target: dict[str, Any], change: Change, rules: set[str]
) -> None:
    contract = contract_of(tmp_path, target)
    assessment = assess_table(contract, *deliver(contract, change), last(profile(contract)))
    assert broken(assessment) == rules


@pytest.mark.parametrize("name", ["a.b", "größe", "100g", "one, two"])
def test_a_column_that_is_not_needed_may_be_missing(tmp_path: Path, name: str) -> None:
    contract = contract_of(tmp_path)
    delivery = deliver(contract, lambda made: made.drop(columns=name))
    assessment = assess_table(contract, *delivery, last(profile(contract)))
    (columns,) = [f for f in assessment.checked.findings if f.passed is False]
    assert (columns.rule, columns.observed) == ("columns", f"missing: {join_names([name])}")
    about = {f.rule: f.not_evaluated for f in assessment.checked.findings if f.column == name}
    assert set(about.values()) <= {f"the file has no column {name}"}
    assert (assessment.rejected, assessment.reasons) == (0, [])


@pytest.mark.parametrize(
    ("name", "role"), [("text", ", the text"), ("stars", ", the target"), ("key", "")]
)
def test_a_file_without_a_needed_column_is_rejected(tmp_path: Path, name: str, role: str) -> None:
    contract = contract_of(tmp_path, TARGET, column("key", mandatory=True))
    delivery = deliver(contract, lambda made: made.assign(key="k").drop(columns=name))
    assessment = assess_table(contract, *delivery, {})
    found = join_names(other for other in contract.schema.names if other != name)
    assert assessment.reasons == [f"The file has no column {name}{role}; its columns are {found}."]
    assert assessment.rejected == 0


def test_other_names_other_order_and_strange_columns_are_no_harm(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)
    matching, reviews = deliver(
        contract,
        lambda made: made.rename(columns={"größe": "GRÖSSE", "text": "Text"}).assign(odd="x")[
            ["odd", "stars", "one, two", "a.b", "100g", "GRÖSSE", "Text"]
        ],
    )
    assessment = assess_table(contract, matching, reviews, last(profile(contract)))
    (columns,) = [f for f in assessment.checked.findings if f.passed is False]
    assert (columns.severity, columns.observed) == ("warning", "unknown: odd")
    assert (assessment.rejected, assessment.reasons) == (0, [])
    sound = deliver(contract)[1]
    assert reviews.equals(sound.select(reviews.column_names))


def test_two_columns_of_one_name_reject_the_file(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)
    delivery = deliver(contract, lambda made: made.assign(Stars="1"))
    assessment = assess_table(contract, *delivery, {})
    assert assessment.reasons == [
        "`stars` and `Stars` both match the column stars; remove or rename one."
    ]


def test_a_file_of_another_kind_is_rejected_by_a_contract_without_rules_of_the_table(
    tmp_path: Path,
) -> None:
    contract = make_contract(tmp_path, rules=[])
    delivery = deliver(contract, lambda made: pd.DataFrame({"id": [1, 2], "name": ["a", "b"]}))
    assessment = assess_table(contract, *delivery, {})
    assert len(assessment.reasons) == 2
    write_data_docs(assessment.checked.suite, assessment.checked.results, tmp_path / "docs")
    assert (tmp_path / "docs/index.html").exists()


# A contract that was changed after a file was accepted


@pytest.mark.parametrize("bars", [{}, {"größe": [200, 200]}])
def test_bars_that_the_reference_lacks_are_not_compared(
    tmp_path: Path, bars: dict[str, list[int]]
) -> None:
    contract = contract_of(tmp_path)
    older = profile(contract).model_copy(update={"histograms": bars})
    assessment = assess_table(contract, *deliver(contract), last(older))
    findings = {finding.rule: finding for finding in assessment.checked.findings}
    assert (
        findings["sizes_near"].not_evaluated == "the last file was counted in other bins of größe"
    )
    assert broken(assessment) == set()


def test_odd_names_are_in_the_data_docs(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)
    checked = assess_table(contract, *deliver(contract), last(profile(contract))).checked
    write_data_docs(checked.suite, checked.results, tmp_path / "docs")
    page = (tmp_path / "docs/index.html").read_text(encoding="utf-8")
    assert all(name in page for name in contract.schema.names)
