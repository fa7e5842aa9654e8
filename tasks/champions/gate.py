"""The gate: what every candidate has to pass, and how checks come to a verdict."""

from __future__ import annotations

from typing import Any

from tasks.champions.checks import Check
from tasks.parameters import PromotionParameters
from tasks.verdicts import Verdict


def check_baselines(figures: dict[str, Any]) -> list[Check]:
    """Check that the candidate beats every baseline.

    Args:
        figures: of the evaluation; the unseen rows count, or all where every row was seen.
    """
    key = "test_mae_unseen" if figures["test_mae_unseen"] is not None else "test_mae"
    mae = figures[key]
    return [
        Check(
            name=f"beats the baseline {name}",
            denial=f"does not beat the baseline {name}",
            passed=mae < theirs[key],
            detail=f"MAE {mae:.3f} against {theirs[key]:.3f} points",
            figures={"mae_points": mae, "baseline_mae_points": theirs[key]},
        )
        for name, theirs in figures["baselines"].items()
    ]


def check_rows(rows: int, parameters: PromotionParameters) -> Check:
    """Check that there is enough to judge the candidate by, the first one too.

    Args:
        rows: test rows whose text it has not seen; of a text that repeats, the first alone counts.
        parameters: the fewest that will do.
    """
    needed = parameters.fair_rows_min
    return Check(
        name="is tested on enough reviews",
        denial="is tested on too few reviews",
        passed=rows >= needed,
        detail=f"{rows} test rows that it has not seen; {needed} are needed",
        figures={"rows": rows, "rows_min": needed},
    )


def check_bound(figures: dict[str, Any], parameters: PromotionParameters) -> list[Check]:
    """Check the absolute bound on the test MAE, if one is set."""
    bound, mae = parameters.test_mae_max_points, figures["test_mae"]
    if bound is None:
        return []
    return [
        Check(
            name="keeps the absolute bound",
            denial="breaks the absolute bound",
            passed=mae <= bound,
            detail=f"test MAE {mae:.3f}, allowed {bound:.3f} points",
            figures={"mae_points": mae, "mae_max_points": bound},
        )
    ]


def conclude_checks(checks: list[Check], has_champion: bool, how: str) -> dict[str, Any]:
    """Reach the verdict from the checks.

    Args:
        checks: all that were made.
        has_champion: whether a champion stays if one of them failed.
        how: what the candidate does if none failed, after "the candidate".

    Returns:
        `verdict`, `reason` (a sentence) and `checks`, as JSON.
    """
    failed = [check for check in checks if not check.passed]
    kept = Verdict.KEPT_CHAMPION if has_champion else Verdict.NOT_PROMOTED
    denials = "; it ".join(f"{check.denial}: {check.detail}" for check in failed)
    return {
        "verdict": (kept if failed else Verdict.PROMOTED).value,
        "reason": f"The candidate {denials or how}.",
        "checks": [check.model_dump(mode="json") for check in checks],
    }
