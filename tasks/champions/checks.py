"""The result of a check, and the paired bootstrap that compares the errors of two models.

This module is separate from the gate because the process that reproduces predictions imports it,
and must not import the gate: an edit of the gate during a run would stop that process.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from data_contracts.wording import write_count
from tasks.configuration.parameters import PromotionParameters
from tasks.modelling.statistics import lower_limit
from tasks.storage.artifacts import Frozen


class Check(Frozen):
    """The result of a check of a candidate.

    Attributes:
        name: the claim, to be read after "the candidate".
        denial: the negated claim.
        passed: whether the claim holds.
        detail: the figures as text.
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
        """Make a failed check."""
        return cls(name=name, denial=denial, passed=False, detail=detail, figures=figures or {})


def measure_gain(
    candidate: NDArray[np.float64], other: NDArray[np.float64], parameters: PromotionParameters
) -> dict[str, Any]:
    """Measure how much smaller the candidate's MAE is, with the lower limit of this gain.

    Args:
        candidate: absolute errors of the candidate, (rows,).
        other: absolute errors of the other model on the same rows, (rows,).
        parameters: confidence, resamples, seed.
    """
    gains = other - candidate
    return {
        "rows": len(candidate),
        "mae": float(candidate.mean()),
        "other_mae": float(other.mean()),
        "gain": float(gains.mean()),
        "gain_lower_limit": find_lower_limit(gains, parameters),
        "confidence": parameters.confidence,
    }


def find_lower_limit(differences: NDArray[np.float64], parameters: PromotionParameters) -> float:
    """Return the lower limit of the mean difference, with the promotion's confidence."""
    return lower_limit(
        differences, parameters.confidence, parameters.bootstrap_samples, parameters.seed
    )


def describe_gain(gain: dict[str, Any], digits: int) -> str:
    """Describe the result of `measure_gain`; errors have this number of decimals."""
    return (
        f"MAE {gain['mae']:.{digits}f} against {gain['other_mae']:.{digits}f} on"
        f" {write_count(gain['rows'], 'row')}; gain {gain['gain']:.{digits}f}, with"
        f" {gain['confidence']:.0%} confidence at least {gain['gain_lower_limit']:.{digits}f}"
    )
