"""How a candidate is compared with the baselines and with the champion: plain rules on figures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.modelling.statistics import bootstrap_means
from tasks.parameters import PromotionParameters
from tasks.verdicts import Verdict

FAIR_ROWS_MIN = 100
"""Fewer rows than this say nothing about which of two models is better."""


def check_gate(figures: dict[str, Any], parameters: PromotionParameters) -> list[dict[str, Any]]:
    """Check what every candidate has to pass: the baselines, and the absolute bound if set.

    Args:
        figures: of the evaluation; the unseen rows count, or all where every row was seen.
        parameters: the absolute bound.

    Returns:
        Checks with `name` and its `denial`, `passed` and `detail`.
    """
    key = "test_mae_unseen" if figures["test_mae_unseen"] is not None else "test_mae"
    mae = figures[key]
    checks = [
        {
            "name": f"beats the baseline {name}",
            "denial": f"does not beat the baseline {name}",
            "passed": mae < theirs[key],
            "detail": f"MAE {mae:.3f} against {theirs[key]:.3f} points",
        }
        for name, theirs in figures["baselines"].items()
    ]
    bound = parameters.test_mae_max_points
    if bound is not None:
        detail = f"test MAE {figures['test_mae']:.3f}, allowed {bound:.3f} points"
        passed = figures["test_mae"] <= bound
        checks.append(
            {
                "name": "keeps the absolute bound",
                "denial": "breaks the absolute bound",
                "passed": passed,
                "detail": detail,
            }
        )
    return checks


def check_against_champion(
    candidate_errors: NDArray[np.float64],
    champion_errors: NDArray[np.float64],
    parameters: PromotionParameters,
) -> dict[str, Any]:
    """Check by paired bootstrap that the candidate's MAE is smaller.

    Args:
        candidate_errors: absolute errors in points on the rows fair to both, (rows,).
        champion_errors: the champion's on the same rows, (rows,).
        parameters: confidence, resamples, seed.

    Returns:
        A check with `name` and its `denial`, `passed` and `detail`.
    """
    claims = {
        "name": "is better than the champion",
        "denial": "is not surely better than the champion",
    }
    rows = len(candidate_errors)
    if rows < FAIR_ROWS_MIN:
        detail = f"only {rows} test rows that neither has seen; {FAIR_ROWS_MIN} are needed"
        return {**claims, "passed": False, "detail": detail}
    gains = champion_errors - candidate_errors
    means = bootstrap_means(gains, parameters.bootstrap_samples, parameters.seed)
    low = float(np.percentile(means, 100 * (1 - parameters.confidence)))
    detail = (
        f"MAE {candidate_errors.mean():.3f} against {champion_errors.mean():.3f} points on {rows}"
        f" rows; gain {gains.mean():.3f}, with {parameters.confidence:.0%} confidence at least"
        f" {low:.3f}"
    )
    return {**claims, "passed": low > 0, "detail": detail}


def decide(
    figures: dict[str, Any], against: dict[str, Any] | None, parameters: PromotionParameters
) -> dict[str, Any]:
    """Reach the verdict from the checks.

    Returns:
        `verdict`, `reason` (a sentence) and `checks`.
    """
    gate = check_gate(figures, parameters)
    checks = [*gate, against] if against else gate
    failed = [check for check in checks if not check["passed"]]
    if not failed:
        how = "is the first to pass the gate" if against is None else "beats the champion"
        return {
            "verdict": Verdict.PROMOTED.value,
            "reason": f"The candidate {how}.",
            "checks": checks,
        }
    verdict = Verdict.NOT_PROMOTED if against is None else Verdict.KEPT_CHAMPION
    denials = "; it ".join(f"{check['denial']}: {check['detail']}" for check in failed)
    return {"verdict": verdict.value, "reason": f"The candidate {denials}.", "checks": checks}
