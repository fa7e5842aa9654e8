from __future__ import annotations

import numpy as np

from tasks.champions.checks import Check
from tasks.champions.gate import (
    check_baselines,
    check_bound,
    check_rows,
    conclude_checks,
    list_unbeaten,
)
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.verdicts import Verdict

PASSED = Check(name="passes", denial="does not pass", passed=True, detail="so it is")
FAILED = Check.denied("passes", "does not pass", "so it is")


PARAMETERS = PromotionParameters()


def errors_of(rows: int, gain: float, seed: int = 0) -> dict[str, np.ndarray]:
    """Errors of a network and of ridge whose MAEs truly differ by the gain."""
    random = np.random.default_rng(seed)
    shared = random.normal(0, 1.4, rows)
    mine, ridge = (np.abs(shared + random.normal(0, 0.8, rows)) for _ in range(2))
    return {"network": mine, "ridge": ridge + gain}


def passes(errors: dict[str, np.ndarray]) -> bool:
    return all(check.passed for check in check_baselines(errors, PARAMETERS, 3))


def test_a_candidate_that_is_surely_better_beats_each_baseline() -> None:
    errors = errors_of(1_000, 0.2)
    median, ridge = check_baselines(errors | {"median": errors["ridge"] + 1}, PARAMETERS, 3)
    assert (median.name, ridge.name) == (
        "beats the training median",
        "beats ridge regression",
    )
    assert ridge.passed
    assert ridge.figures["mae"] == errors["network"].mean()
    assert ridge.figures["other_mae"] == errors["ridge"].mean()
    assert 0 < ridge.figures["gain_lower_limit"] < ridge.figures["gain"]
    assert ridge.detail.startswith(f"MAE {errors['network'].mean():.3f} against ")


def test_one_baseline_that_is_not_beaten_is_enough() -> None:
    errors = errors_of(1_000, 0.2)
    median, ridge = check_baselines(errors | {"median": errors["network"]}, PARAMETERS, 3)
    assert (median.passed, ridge.passed) == (False, True)
    assert median.denial == "does not beat the training median"
    assert list_unbeaten([median, PASSED, ridge]) == ["median"]


def test_a_gain_that_may_be_chance_is_told_from_none() -> None:
    errors = errors_of(50, 0.05)
    (ridge,) = check_baselines(errors, PARAMETERS, 3)
    assert not ridge.passed
    assert ridge.figures["gain"] > 0
    assert ridge.denial == "does not surely beat ridge regression"


def test_a_candidate_equal_to_ridge_passes_as_seldom_as_stated() -> None:
    fooled = sum(passes(errors_of(100, 0, seed)) for seed in range(400))
    # 5 % of 400, and three standard deviations of a binomial count.
    assert fooled <= 20 + 3 * np.sqrt(400 * 0.05 * 0.95)


def test_a_candidate_worse_than_ridge_passes_still_more_seldom() -> None:
    equal, worse = (
        sum(passes(errors_of(100, gain, seed)) for seed in range(400)) for gain in (0, -0.05)
    )
    assert worse < equal


def test_a_tie_with_a_baseline_does_not_pass() -> None:
    errors = np.ones(1_000)
    assert not passes({"network": errors, "ridge": errors})


def test_the_absolute_bound_holds_when_set() -> None:
    assert check_bound({"test_mae": 1.2}, PARAMETERS, 3) == []
    strict = PromotionParameters(test_mae_max=1.1)
    assert not check_bound({"test_mae": 1.2}, strict, 3)[0].passed
    assert check_bound({"test_mae": 1.1}, strict, 3)[0].passed


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


def test_all_that_failed_is_told_and_the_figures_are_kept() -> None:
    rows = check_rows(99, PARAMETERS)
    (bound,) = check_bound({"test_mae": 1.25}, PromotionParameters(test_mae_max=1.0), 3)
    assert rows.figures == {"rows": 99, "rows_min": 100}
    assert bound.figures == {"mae": 1.25, "mae_max": 1.0}
    decision = conclude_checks([rows, PASSED, bound], True, "")
    assert decision["reason"] == (
        "The candidate is tested on too few reviews: 99 test rows that it has not seen; 100 are"
        " needed; it breaks the absolute bound: test MAE 1.250, allowed 1.000."
    )
    assert decision["verdict"] == "KeptChampion"
    assert decision["checks"] == [check.model_dump() for check in (rows, PASSED, bound)]


def test_the_baselines_come_in_the_order_of_their_names() -> None:
    errors = np.ones(200)
    names = [f"b{n}" for n in range(9, 0, -1)]
    checks = check_baselines({"network": errors * 0} | dict.fromkeys(names, errors), PARAMETERS, 3)
    assert [check.name for check in checks] == [f"beats the baseline b{n}" for n in range(1, 10)]
    assert all(check.passed for check in checks)
    assert check_baselines({"network": errors}, PARAMETERS, 3) == []
