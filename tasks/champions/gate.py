"""The gate: what every candidate has to pass, and how checks come to a verdict."""

from __future__ import annotations

from typing import Any

from tasks.champions.checks import Check
from tasks.parameters import PromotionParameters
from tasks.verdicts import Verdict


def check_baselines(figures: dict[str, Any]) -> list[Check]:
    """Check that the candidate beats every baseline.

    Args:
        figures: of the evaluation; what neither trained nor chose the candidate counts, each text
            once, or all where there is nothing else.
    """
    scores = {"network": figures, **figures["baselines"]}
    maes = figures["fair_mae"] or {name: found["test_mae"] for name, found in scores.items()}
    mae = maes["network"]
    return [
        Check(
            name=f"beats the baseline {name}",
            denial=f"does not beat the baseline {name}",
            passed=mae < maes[name],
            detail=f"MAE {mae:.3f} against {maes[name]:.3f} points",
            figures={"mae_points": mae, "baseline_mae_points": maes[name]},
        )
        for name in figures["baselines"]
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
