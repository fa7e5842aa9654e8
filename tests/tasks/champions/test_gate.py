from __future__ import annotations

from tasks.champions.checks import Check
from tasks.champions.gate import check_baselines, check_bound, check_rows, conclude_checks
from tasks.parameters import PromotionParameters
from tasks.verdicts import Verdict

PASSED = Check(name="passes", denial="does not pass", passed=True, detail="so it is")
FAILED = Check.denied("passes", "does not pass", "so it is")


def figures(mae: float, ridge: float, fair: float | None = None) -> dict:
    return {
        "test_mae": mae,
        "baselines": {"ridge": {"test_mae": ridge}},
        "fair_mae": {} if fair is None else {"network": fair, "ridge": ridge},
    }


def test_a_candidate_is_judged_on_what_it_has_not_seen() -> None:
    (check,) = check_baselines(figures(1.2, 1.3, fair=1.25))
    assert check.passed
    (check,) = check_baselines(figures(1.2, 1.3, fair=1.35))
    assert not check.passed
    assert check.detail == "MAE 1.350 against 1.300 points"
    assert check.figures == {"mae_points": 1.35, "baseline_mae_points": 1.3}


def test_a_tie_with_a_baseline_does_not_pass() -> None:
    assert not check_baselines(figures(1.3, 1.3))[0].passed


def test_the_absolute_bound_holds_when_set() -> None:
    assert check_bound(figures(1.2, 1.3), PromotionParameters()) == []
    strict = PromotionParameters(test_mae_max_points=1.1)
    assert not check_bound(figures(1.2, 1.3), strict)[0].passed
    assert check_bound(figures(1.1, 1.3), strict)[0].passed


def test_too_few_reviews_prove_nothing() -> None:
    assert check_rows(100, PromotionParameters()).passed
    check = check_rows(99, PromotionParameters())
    assert not check.passed
    assert check.detail == "99 test rows that it has not seen; 100 are needed"


def test_one_failed_check_keeps_what_there_is_and_says_why() -> None:
    decision = conclude_checks([PASSED, FAILED], has_champion=True, how="")
    assert decision["verdict"] == Verdict.KEPT_CHAMPION
    assert decision["reason"] == "The candidate does not pass: so it is."
    assert [check["passed"] for check in decision["checks"]] == [True, False]
    assert conclude_checks([FAILED], False, "")["verdict"] == Verdict.NOT_PROMOTED


def test_a_candidate_that_passes_all_is_promoted() -> None:
    decision = conclude_checks([PASSED], has_champion=True, how="beats the champion")
    assert decision["verdict"] == Verdict.PROMOTED
    assert decision["reason"] == "The candidate beats the champion."
