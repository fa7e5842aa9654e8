"""A check of a candidate: what was claimed, whether it holds, and by which figures.

The figures of every comparison of two models come from here: the paired bootstrap of their errors.
It stands apart from the gate, which the process that tries a saved model must not import: who edits
the gate during a run leaves the run as it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tasks.configuration.parameters import PromotionParameters
from tasks.modelling.statistics import lower_limit
from tasks.storage.artifacts import Frozen


class Check(Frozen):
    """One check of a candidate.

    Attributes:
        name: what it checks, after "the candidate".
        denial: the same in the negative.
        passed: whether it holds.
        detail: the figures in words.
        figures: the figures as numbers.
    """

    name: str
    denial: str
    passed: bool
    detail: str
    figures: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def denied(
        cls, name: str, denial: str, detail: str, figures: dict[str, Any] | None = None
    ) -> Check:
        """Make a check that failed."""
        return cls(name=name, denial=denial, passed=False, detail=detail, figures=figures or {})


def measure_gain(
    mine: NDArray[np.float64], theirs: NDArray[np.float64], parameters: PromotionParameters
) -> dict[str, Any]:
    """Measure how much smaller the candidate's MAE is, and how small that gain may be.

    Args:
        mine: absolute errors of the candidate in points, (rows,).
        theirs: those of the other model on the same rows, (rows,).
        parameters: confidence, resamples, seed.
    """
    gains = theirs - mine
    return {
        "rows": len(mine),
        "mae_points": float(mine.mean()),
        "other_mae_points": float(theirs.mean()),
        "gain_points": float(gains.mean()),
        "gain_lower_limit_points": find_lower_limit(gains, parameters),
        "confidence": parameters.confidence,
    }


def find_lower_limit(differences: NDArray[np.float64], parameters: PromotionParameters) -> float:
    """Return what the mean difference is surely not below, at the confidence of the promotion."""
    return lower_limit(
        differences, parameters.confidence, parameters.bootstrap_samples, parameters.seed
    )


def describe_gain(gain: dict[str, Any]) -> str:
    """Say what `measure_gain` found."""
    return (
        f"MAE {gain['mae_points']:.3f} against {gain['other_mae_points']:.3f} points on"
        f" {gain['rows']} rows; gain {gain['gain_points']:.3f}, with {gain['confidence']:.0%}"
        f" confidence at least {gain['gain_lower_limit_points']:.3f}"
    )
