"""What the comparison writes down, and where its bounds lie exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tasks.champions.champion_rules import (
    check_standing,
    check_test_rows,
    check_withdrawal,
)
from tasks.champions.checks import Check, describe_gain, find_lower_limit, measure_gain
from tasks.configuration.parameters import PromotionParameters
from tests.champions import LINEAGE, event
from tests.tasks.champions.test_champion_rules import CHAMPION, compare_errors, judge_slices

PARAMETERS = PromotionParameters(bootstrap_samples=100, margin=0.5, slice_loss_max=0.5)
ONES = np.ones(200)


def test_a_gain_is_measured_on_pairs() -> None:
    theirs = np.arange(100.0)
    gain = measure_gain(theirs - 0.5, theirs, PARAMETERS)
    assert gain == {
        "rows": 100,
        "mae": 49.0,
        "other_mae": 49.5,
        "gain": 0.5,
        "gain_lower_limit": 0.5,
        "confidence": PARAMETERS.confidence,
    }
    assert describe_gain(gain, 3) == (
        "MAE 49.000 against 49.500 on 100 rows; gain 0.500, with 95% confidence at least 0.500"
    )


def test_the_lower_limit_follows_its_parameters() -> None:
    differences = np.arange(50.0)
    limit = find_lower_limit(differences, PARAMETERS)
    assert limit < 24.5
    for changes in ({"seed": 9}, {"bootstrap_samples": 150}, {"confidence": 0.5}):
        other = PARAMETERS.model_copy(update=changes)
        assert find_lower_limit(differences, other) != limit


def test_a_loss_of_the_margin_itself_still_passes_on_newer_data() -> None:
    assert compare_errors(ONES * 1.5, ONES, True, 0.0, PARAMETERS).passed
    assert not compare_errors(ONES * 1.5, ONES, False, 0.0, PARAMETERS).passed
    denied = compare_errors(ONES * 1.5, ONES, True, 0.25, PARAMETERS)
    assert not denied.passed
    assert denied.figures["newer_data"] is True
    assert denied.figures["margin"] == denied.figures["margin_spent"] == 0.25
    assert denied.name == "is better than the champion, or, on newer data, hardly worse"
    older = compare_errors(ONES, ONES, False, 0.25, PARAMETERS)
    assert older.figures["newer_data"] is False
    assert (older.figures["margin"], older.figures["margin_spent"]) == (0, 0.25)
    assert older.name == "is better than the champion"
    assert older.detail.endswith("confidence at least 0.000")
    unspent = compare_errors(ONES, ONES, True, 0.0, PARAMETERS)
    assert unspent.detail.endswith("at least 0.000; on newer data at least −0.500 is needed")


def test_few_rows_are_counted() -> None:
    assert compare_errors(ONES[:99], ONES[:99], True, 0.0, PARAMETERS).figures == {"rows": 99}


def judge(losses: dict[str, tuple[int, float]], **changes: Any) -> Check:
    """Check slices by country, each of so many rows with the same loss."""
    names = np.concatenate([np.full(rows, name) for name, (rows, _) in losses.items()])
    every = np.concatenate([np.full(rows, loss) for rows, loss in losses.values()])
    sizes = {"country": dict.fromkeys(losses, 200)}
    parameters = PARAMETERS.model_copy(update={"slices": ("country",)} | changes)
    return judge_slices(every, {"country": names}, sizes, parameters)


def test_a_slice_may_lose_the_bound_itself_and_no_more() -> None:
    check = judge({"Chile": (50, 0.5)})
    assert check.passed
    assert check.detail.startswith("the worst of 1 is country Chile (50 rows), MAE +0.500, surely")
    assert check.figures == {
        "loss_max": 0.5,
        "not_judged": [],
        "slices": [
            {
                "by": "country",
                "slice": "Chile",
                "rows": 50,
                "loss": 0.5,
                "lower_limit": 0.5,
                "passed": True,
            }
        ],
    }
    assert not judge({"Chile": (50, 0.75)}).passed


def test_slices_of_too_few_fair_rows_are_named_and_not_judged() -> None:
    check = judge(dict.fromkeys("ABCD", (49, 2.0)))
    assert check.passed
    assert check.figures["not_judged"] == [f"country {name}" for name in "ABCD"]
    assert check.detail == (
        "no slice is large enough; allowed +0.500; slices with too few fair rows: country A,"
        " country B, country C"
    )
    assert check.figures["slices"] == []
    # One that cannot be judged hides none that can.
    later = judge({"A": (49, 2.0), "B": (50, 2.0)})
    assert [part["slice"] for part in later.figures["slices"]] == ["B"]
    assert not later.passed


def test_the_three_worst_slices_are_named_the_worst_first() -> None:
    check = judge({"A": (60, 1.0), "B": (60, 4.0), "C": (60, 0.0), "D": (60, 2.0), "E": (60, 3.0)})
    assert check.detail.startswith("4 of 5 slices: country B (60 rows), MAE +4.000, surely")
    assert [check.detail.count(f"country {name}") for name in "ABCDE"] == [0, 1, 0, 1, 1]
    assert [part["slice"] for part in check.figures["slices"]] == ["B", "E", "D", "A", "C"]
    assert [part["passed"] for part in check.figures["slices"]] == [False] * 4 + [True]
    fine = judge({"A": (60, 0.0), "B": (60, 0.25)})
    assert fine.detail.startswith("the worst of 2 is country B (60 rows), MAE +0.250, surely")
    assert "country A" not in fine.detail
    assert fine.detail.endswith("; allowed +0.500")
    one = judge({"A": (60, 1.0), "B": (60, 0.25)})
    assert one.detail.startswith("1 of 2 slices: country A (60 rows)")
    assert "country B" not in one.detail


def test_a_slice_is_large_from_the_bound_on() -> None:
    assert not judge({"A": (60, 2.0)}, slice_rows_min=200).passed
    assert judge({"A": (60, 2.0)}, slice_rows_min=201).passed


def test_a_denial_keeps_its_figures() -> None:
    (shrunk,) = check_test_rows(499, 1000, PARAMETERS)
    assert shrunk.figures == {"rows": 499, "champion_rows": 1000, "rows_min_fraction": 0.5}
    assert not shrunk.passed
    assert check_test_rows(500, 1000, PARAMETERS) == []
    (withdrawn,) = check_withdrawal(event(7, "A", "rollback", reason="bad"))
    assert withdrawn.figures == {"event": 7}


@pytest.mark.parametrize(
    ("champion", "candidate", "denials"),
    [(True, False, 0), (True, True, 2), (False, False, 2), (False, True, 1)],
)
def test_what_denies_depends_on_whose_reviews_are_made_up(
    champion: bool, candidate: bool, denials: int
) -> None:
    theirs = CHAMPION.model_copy(update={"lineage": LINEAGE | {"demo": champion}})
    mine = LINEAGE | {"demo": candidate, "contract_version": "2.0.0"}
    checks = check_standing(theirs, "b" * 16, mine, 10, PARAMETERS)
    assert len(checks) == denials
