"""The gate: the checks that every candidate has to pass, and the verdict from all checks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.champions.checks import Check, describe_gain, measure_gain
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.verdicts import Verdict
from tasks.modelling.predictions import NETWORK

BASELINES = {"median": "the training median", "ridge": "ridge regression"}


def check_baselines(
    errors: dict[str, NDArray[np.float64]], parameters: PromotionParameters, digits: int
) -> list[Check]:
    """Check by paired bootstrap that the candidate beats every baseline.

    Args:
        errors: absolute errors on the fair rows, of the `network` and of each baseline;
            each (rows,), at least one row.
        parameters: confidence, resamples, seed.
        digits: number of decimals with which errors are shown.
    """
    checks = []
    for name in sorted(errors.keys() - {NETWORK}):
        gain = measure_gain(errors[NETWORK], errors[name], parameters)
        shown, surely = BASELINES.get(name, f"the baseline {name}"), gain["gain"] > 0
        checks.append(
            Check(
                name=f"beats {shown}",
                denial=f"does not {'surely ' if surely else ''}beat {shown}",
                passed=gain["gain_lower_limit"] > 0,
                detail=describe_gain(gain, digits),
                figures=gain | {"baseline": name},
            )
        )
    return checks


def list_unbeaten(checks: list[Check]) -> list[str]:
    """List the names of the baselines that the candidate does not surely beat."""
    return [c.figures["baseline"] for c in checks if "baseline" in c.figures and not c.passed]


def check_rows(rows: int, parameters: PromotionParameters) -> Check:
    """Check that there are enough fair rows, also for the first candidate.

    Args:
        rows: number of fair rows.
        parameters: the fewest fair rows.
    """
    needed = parameters.fair_rows_min
    return Check(
        name="is tested on enough reviews",
        denial="is tested on too few reviews",
        passed=rows >= needed,
        detail=f"{rows} test rows that it has not seen; {needed} are needed",
        figures={"rows": rows, "rows_min": needed},
    )


def check_bound(
    figures: dict[str, Any], parameters: PromotionParameters, digits: int
) -> list[Check]:
    """Check the absolute bound on the test MAE, if one is set."""
    bound, mae = parameters.test_mae_max, figures["test_mae"]
    if bound is None:
        return []
    return [
        Check(
            name="keeps the absolute bound",
            denial="breaks the absolute bound",
            passed=mae <= bound,
            detail=f"test MAE {mae:.{digits}f}, allowed {bound:.{digits}f}",
            figures={"mae": mae, "mae_max": bound},
        )
    ]


def conclude_checks(checks: list[Check], has_champion: bool, how: str) -> dict[str, Any]:
    """Derive the verdict from the checks.

    Args:
        checks: all checks that were run.
        has_champion: whether there is a champion, which stays if a check failed.
        how: the reason if no check failed; to be read after "the candidate".

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
