from __future__ import annotations

import numpy as np
import pytest

from tasks.modelling.comparison import FAIR_ROWS_MIN, check_against_champion, check_gate, decide
from tasks.parameters import PromotionParameters
from tasks.verdicts import Verdict

PARAMETERS = PromotionParameters()


def figures(mae: float, ridge: float, unseen: float | None = None) -> dict:
    other = None if unseen is None else ridge
    return {
        "test_mae": mae,
        "test_mae_unseen": unseen,
        "baselines": {"ridge": {"test_mae": ridge, "test_mae_unseen": other}},
    }


def test_the_first_candidate_that_beats_the_baselines_is_promoted() -> None:
    decision = decide(figures(1.2, 1.3, unseen=1.25), None, PARAMETERS)
    assert decision["verdict"] == Verdict.PROMOTED


def test_a_candidate_is_judged_on_what_it_has_not_seen() -> None:
    decision = decide(figures(1.2, 1.3, unseen=1.35), None, PARAMETERS)
    assert decision["verdict"] == Verdict.NOT_PROMOTED
    assert "does not beat the baseline ridge: MAE 1.350 against 1.300 points" in decision["reason"]


def test_a_tie_with_a_baseline_does_not_pass() -> None:
    assert not check_gate(figures(1.3, 1.3), PARAMETERS)[0]["passed"]


def test_the_absolute_bound_holds_when_set() -> None:
    strict = PromotionParameters(test_mae_max_points=1.1)
    assert decide(figures(1.2, 1.3), None, strict)["verdict"] == Verdict.NOT_PROMOTED
    assert decide(figures(1.1, 1.3), None, strict)["verdict"] == Verdict.PROMOTED


def errors(rows: int, gain: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    champion = random.gamma(2, 0.6, rows)
    return np.abs(champion - gain + random.normal(0, 0.3, rows)), champion


def test_a_clearly_better_candidate_beats_the_champion() -> None:
    against = check_against_champion(*errors(1_000, 0.2), PARAMETERS)
    assert against["passed"]
    assert decide(figures(1.2, 1.3), against, PARAMETERS)["verdict"] == Verdict.PROMOTED


@pytest.mark.parametrize("seed", range(5))
def test_a_worse_candidate_never_beats_the_champion(seed: int) -> None:
    against = check_against_champion(*errors(1_000, -0.1, seed), PARAMETERS)
    assert not against["passed"]
    assert decide(figures(1.2, 1.3), against, PARAMETERS)["verdict"] == Verdict.KEPT_CHAMPION


def test_equal_models_keep_the_champion() -> None:
    _, champion = errors(1_000, 0)
    assert not check_against_champion(champion, champion.copy(), PARAMETERS)["passed"]


def test_too_few_rows_keep_the_champion_however_good_the_candidate() -> None:
    champion = np.full(FAIR_ROWS_MIN - 1, 5.0)
    against = check_against_champion(champion * 0, champion, PARAMETERS)
    assert not against["passed"]
    assert "only 99 test rows" in against["detail"]


def test_a_candidate_that_loses_to_a_baseline_never_replaces_the_champion() -> None:
    against = {"name": "is better than the champion", "denial": "", "passed": True, "detail": ""}
    assert decide(figures(1.4, 1.3), against, PARAMETERS)["verdict"] == Verdict.KEPT_CHAMPION
