"""Candidates that try to fool the comparison, as plain arrays of errors."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tasks.champions.champion import Champion
from tasks.champions.champion_rules import (
    check_errors,
    check_slices,
    check_standing,
    check_withdrawal,
)
from tasks.champions.checks import Check
from tasks.champions.history import Event
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.promotion_bounds import PromotionBounds
from tests.champions import LINEAGE, about
from tests.contracts import WINE

PARAMETERS = PromotionParameters()
CHAMPION = Champion(
    version="a" * 16,
    decision="d",
    lineage=LINEAGE,
    metrics={"rows": 1000},
    folder="f",
    files={},
)


def compare_errors(
    mine: np.ndarray, theirs: np.ndarray, newer: bool, spent: float, parameters=PARAMETERS
) -> Check:
    """Check errors in points."""
    bounds = PromotionBounds.of(parameters, WINE.dataset)
    return check_errors(mine, theirs, newer, spent, parameters, bounds)


def errors(rows: int, gain: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Absolute errors of a candidate and a champion whose MAEs truly differ by the gain."""
    random = np.random.default_rng(seed)
    shared = random.normal(0, 1.6, rows)
    mine, theirs = (np.abs(shared + random.normal(0, 0.4, rows)) for _ in range(2))
    return np.abs(mine - gain), theirs


def test_a_clearly_better_candidate_passes_and_its_figures_are_kept() -> None:
    check = compare_errors(*errors(1_000, 0.2), False, 0.0)
    assert check.passed
    figures = check.figures
    gain = figures["other_mae"] - figures["mae"]
    assert figures["gain"] == pytest.approx(gain)
    assert 0 < figures["gain_lower_limit"] < gain
    assert figures["rows"] == 1_000


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("newer", [False, True])
def test_a_worse_candidate_never_passes(seed: int, newer: bool) -> None:
    assert not compare_errors(*errors(2_000, -0.1, seed), newer, 0.0).passed


def test_a_candidate_better_only_by_luck_on_200_rows_passes_as_seldom_as_stated() -> None:
    pairs = [errors(200, 0, seed) for seed in range(400)]
    # The same network with another seed is better on about half of all draws of 200 rows.
    lucky = sum(mine.mean() < theirs.mean() for mine, theirs in pairs)
    assert lucky > 150
    fooled = sum(compare_errors(*pair, False, 0.0).passed for pair in pairs)
    # 5 % of 400, and three standard deviations of a binomial count.
    assert fooled <= 20 + 3 * np.sqrt(400 * 0.05 * 0.95)


def test_equal_models_keep_the_champion_unless_the_data_are_newer() -> None:
    _, champion = errors(1_000, 0)
    assert not compare_errors(champion, champion.copy(), False, 0.0).passed
    newer = compare_errors(champion, champion.copy(), True, 0.0)
    assert newer.passed
    assert newer.figures["margin"] == 0.01
    strict = PARAMETERS.model_copy(update={"margin": 0.0})
    assert compare_errors(champion, champion.copy(), True, 0.0, strict).passed


def test_on_newer_data_the_margin_has_to_be_sure_not_likely() -> None:
    _, champion = errors(10_000, 0)
    assert compare_errors(champion + 0.009, champion, True, 0.0).passed
    assert not compare_errors(champion + 0.011, champion, True, 0.0).passed
    # The mean loss keeps the margin, but so few rows cannot tell.
    mine, theirs = errors(200, 0, seed=3)
    mine += theirs.mean() - mine.mean() + 0.005
    assert not compare_errors(mine, theirs, True, 0.0).passed


def test_what_was_lost_on_newer_data_is_taken_off_the_margin() -> None:
    _, champion = errors(10_000, 0)
    worse = champion + 0.004
    assert compare_errors(worse, champion, True, 0.005).passed
    denied = compare_errors(worse, champion, True, 0.007)
    assert not denied.passed
    assert denied.figures["margin"] == pytest.approx(0.003)
    assert denied.detail.endswith(
        "; on newer data at least −0.003 is needed (0.007 of the margin is used)"
    )
    # More was spent than there is, under another setting: equal models still pass.
    assert compare_errors(champion, champion, True, 0.05).passed
    # A candidate that is surely better needs no margin.
    assert compare_errors(champion - 0.004, champion, True, 0.05).passed
    # Without newer data nothing of the margin is given.
    assert not compare_errors(worse, champion, False, 0.0).passed


distances = arrays(np.float64, 120, elements=st.floats(0, 20))


@given(distances, distances)
def test_a_candidate_that_is_nowhere_better_never_passes(
    champion: np.ndarray, worse: np.ndarray
) -> None:
    few = PARAMETERS.model_copy(update={"bootstrap_samples": 100})
    assert not compare_errors(champion + worse, champion, False, 0.0, few).passed
    margin = few.model_copy(update={"margin": 0.1})
    newer = compare_errors(champion + 0.2 + worse, champion, True, 0.0, margin)
    assert not newer.passed


def test_too_few_rows_keep_the_champion_however_good_the_candidate() -> None:
    champion = np.full(99, 5.0)
    for newer in (False, True):
        check = compare_errors(champion * 0, champion, newer, 0.0)
        assert not check.passed
        assert "only 99 test rows" in check.detail
    assert not compare_errors(champion[:0], champion[:0], False, 0.0).passed
    few = PARAMETERS.model_copy(update={"fair_rows_min": 99})
    assert compare_errors(champion * 0, champion, False, 0.0, few).passed


def country_losses(rows: int, worse_points: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Losses of a candidate that is better everywhere but on so many reviews from Chile."""
    mine, theirs = errors(5_000, 0.2)
    names = np.where(np.arange(5_000) < rows, "Chile", "Italy")
    losses = mine - theirs
    losses[:rows] += worse_points - losses[:rows].mean()
    one = np.full(5_000, "one")
    return losses, {"country": names, "variety": one, "price": one, "description": one}


def check(losses: np.ndarray, slices: dict, parameters=PARAMETERS) -> Check:
    """Check slices all of whose test rows are fair."""
    sizes = {kind: dict(Counter(names.tolist())) for kind, names in slices.items()}
    return judge_slices(losses, slices, sizes, parameters)


def judge_slices(losses: np.ndarray, slices: dict, sizes: dict, parameters=PARAMETERS) -> Check:
    bounds = PromotionBounds.of(parameters, WINE.dataset)
    return check_slices(losses, slices, sizes, parameters, bounds)


def test_better_on_average_but_half_a_point_worse_on_one_country_is_denied() -> None:
    losses, slices = country_losses(300, 0.5)
    base = np.full(5_000, -losses.min())
    assert compare_errors(losses + base, base, False, 0.0).passed
    denied = check(losses, slices)
    assert not denied.passed
    assert "1 of 5 slices: country Chile (300 rows), MAE +0.500, surely +0.4" in denied.detail
    worst = denied.figures["slices"][0]
    assert (worst["by"], worst["slice"], worst["rows"]) == ("country", "Chile", 300)
    assert 0.1 < worst["lower_limit"] < 0.5


@pytest.mark.parametrize(
    ("rows", "worse", "changes"),
    [
        (199, 0.5, {}),
        (300, 0.05, {}),
        (300, 0.5, {"slices": ("price",)}),
        (300, 0.5, {"slices": ()}),
        (300, 0.5, {"slice_loss_max": 0.6}),
        (300, 0.5, {"slice_rows_min": 301}),
    ],
)
def test_a_slice_denies_only_as_the_parameters_say(rows: int, worse: float, changes: dict) -> None:
    losses, slices = country_losses(rows, worse)
    parameters = PARAMETERS.model_copy(update=changes)
    assert check(losses, slices, parameters).passed


def test_a_slice_is_large_by_its_test_rows_and_judged_by_the_fair_ones() -> None:
    losses, slices = country_losses(165, 0.5)
    sizes = {kind: dict(Counter(names.tolist())) for kind, names in slices.items()}
    sizes["country"]["Chile"] = 200
    assert not judge_slices(losses, slices, sizes).passed


def test_chance_on_forty_harmless_slices_denies_nothing() -> None:
    mine, theirs = errors(8_000, 0)
    names = np.array([f"country {row % 40}" for row in range(8_000)])
    slices = dict.fromkeys(("country", "variety", "price", "description"), names)
    assert check(mine - theirs, slices).passed


def test_slices_of_10_000_rows_take_a_few_seconds_at_most() -> None:
    mine, theirs = errors(10_000, 0)
    names = np.array([f"slice {row % 10}" for row in range(10_000)])
    slices = dict.fromkeys(("country", "variety", "price", "description"), names)
    started = time.process_time()
    check(mine - theirs, slices)
    assert time.process_time() - started < 5


def standing(rows: int = 1_000, version: str = "b" * 16, **changes) -> list[str]:
    checks = check_standing(CHAMPION, version, LINEAGE | changes, rows, PARAMETERS)
    assert not any(check.passed for check in checks)
    return [f"{check.denial}: {check.detail}" for check in checks]


def test_a_candidate_like_the_champion_may_be_compared() -> None:
    assert standing() == []
    assert standing(rows=500, contract_version="1.9.3") == []


def test_a_test_set_that_shrank_keeps_the_champion() -> None:
    (said,) = standing(rows=499)
    assert "499 rows against 1000 when the champion was promoted; at least 50%" in said


def test_a_model_of_another_contract_version_is_not_compared() -> None:
    (said,) = standing(contract_version="2.0.0")
    assert "version 2.0.0 against 1.0.0" in said
    assert len(standing(contract_version=None)) == 1


def test_the_champion_itself_and_made_up_reviews_are_not_compared() -> None:
    assert standing(version="a" * 16) == ["is the champion itself: equal weights"]
    assert "was trained on demo reviews only" in standing(demo=True)[0]


def test_a_withdrawn_model_is_denied_with_date_and_reason() -> None:
    fields = about("b" * 16, kind="rollback", reason="bad on Riesling")
    event = Event(
        **fields, number=7, time="2025-03-01T10:00", champion_before="b", champion_after="a"
    )
    (check,) = check_withdrawal(event)
    assert not check.passed
    assert check.detail.startswith("on 2025-03-01, 'bad on Riesling'")
    assert check_withdrawal(None) == []
