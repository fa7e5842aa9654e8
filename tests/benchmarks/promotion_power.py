"""What promotion lets through: simulated candidates against ridge, and against champions.

    python -m tests.benchmarks.promotion_power

Prints how often a candidate passes the gate against ridge, by its true gain and the rows of the
test set, beside the plain comparison of two numbers; and how far the champion's true MAE drifts
over 200 candidates on newer data. The errors are normal: 1.5 points that both models share, and
0.65 of their own (ridge and the network on 10,234 real test reviews: 1.75 and 1.62 points,
correlation 0.84), or 0.39 (two networks, correlation 0.94).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from data_contracts.contract import load_contract
from tasks.champions.champion_rules import check_errors
from tasks.champions.checks import Check
from tasks.champions.gate import check_baselines
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.promotion_bounds import PromotionBounds

SHARED_POINTS, RIDGE_POINTS, NETWORK_POINTS = 1.5, 0.65, 0.39
SEEDS_POINTS = 0.004
"""How far the true MAE of equally good trainings differs by the seed alone (standard deviation)."""
ROWS = (100, 1_000, 8_000)
GAINS_POINTS = (-0.05, 0.0, 0.02, 0.05, 0.125)
"""The last is about the network's gain over ridge."""
ROUNDS = 200

PARAMETERS = PromotionParameters(bootstrap_samples=400)
BOUNDS = PromotionBounds.of(PARAMETERS, load_contract().dataset)


class Drift(NamedTuple):
    """What became of the champion.

    Attributes:
        promotions: how often it was replaced.
        loss_points: how much larger its true MAE is in the end.
    """

    promotions: int
    loss_points: float


def simulate_gate(draws: int) -> Iterator[str]:
    """Yield a line for each size of the test set and true gain over ridge."""
    yield "| test rows | true gain | passes | smaller MAE |"
    yield "| --- | --- | --- | --- |"
    for rows in ROWS:
        for gain in GAINS_POINTS:
            passed = smaller = 0
            for draw in range(draws):
                random = np.random.default_rng([rows, draw])
                shared = random.normal(0, SHARED_POINTS, rows)
                mine, ridge = (
                    np.abs(shared + random.normal(0, RIDGE_POINTS, rows)) for _ in range(2)
                )
                (check,) = check_baselines({"network": mine, "ridge": ridge + gain}, PARAMETERS, 3)
                passed += check.passed
                smaller += mine.mean() < (ridge + gain).mean()
            yield f"| {rows:,} | {gain:+.3f} | {passed / draws:.1%} | {smaller / draws:.1%} |"


def simulate_drift(rows: int, worse_points: float, bounded: bool, seed: int) -> Drift:
    """Let candidates on newer data meet the champion, all on one test set.

    Args:
        rows: of the test set.
        worse_points: how much worse each candidate truly is than the champion that it meets; 0:
            all are as good as the first.
        bounded: whether losses on newer data add up to the margin; else each may take all of it.
        seed: of the draws.
    """
    random = np.random.default_rng(seed)
    shared = random.normal(0, SHARED_POINTS, rows)

    def errors(loss_points: float) -> np.ndarray:
        distances: np.ndarray = np.abs(shared + random.normal(0, NETWORK_POINTS, rows))
        return distances + loss_points

    loss, spent, promotions = 0.0, 0.0, 0
    champion = errors(loss)
    for _ in range(ROUNDS):
        candidate_loss = loss + worse_points if worse_points else random.normal(0, SEEDS_POINTS)
        candidate = errors(candidate_loss)
        check = check_errors(
            candidate, champion, True, spent if bounded else 0.0, PARAMETERS, BOUNDS
        )
        if check.passed:
            champion, loss, promotions = candidate, candidate_loss, promotions + 1
            spent = spend(check, spent)
    return Drift(promotions, loss)


def spend(check: Check, spent_margin: float) -> float:
    low = check.figures["gain_lower_limit"]
    return 0.0 if low > 0 else spent_margin - float(low)


def show_drift(repeats: int) -> Iterator[str]:
    """Yield a line for each kind of candidate and rule."""
    yield f"| test rows | each candidate | losses | promotions of {ROUNDS} | drift | largest |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for rows in ROWS[1:]:
        for worse in (0.0, 0.004):
            for bounded in (False, True):
                drifts = [simulate_drift(rows, worse, bounded, n) for n in range(repeats)]
                promotions = np.mean([drift.promotions for drift in drifts])
                losses = [drift.loss_points for drift in drifts]
                kind = f"{worse} worse" if worse else "as good as the first"
                rule = "add up" if bounded else "each by itself"
                yield (
                    f"| {rows:,} | {kind} | {rule} | {promotions:.1f} |"
                    f" {np.mean(losses):+.4f} | {max(losses):+.4f} |"
                )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=10)
    asked = parser.parse_args()
    for lines in (simulate_gate(asked.draws), show_drift(asked.repeats)):
        for line in lines:
            print(line, flush=True)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
