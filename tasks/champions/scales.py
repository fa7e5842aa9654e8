"""The scale of a target, which a contract may change only with a new major version."""

from __future__ import annotations

from typing import Any

from data_contracts.dataset import Target

FIELDS = ("name", "minimum", "maximum", "step")
"""Fields of a target that make its scale."""


def major_of(version: str | None) -> str:
    """Return the major version of a contract; models of earlier versions state none."""
    return (version or "").partition(".")[0]


def target_of(lineage: dict[str, Any]) -> Target | None:
    """Return the target of a model; models of earlier versions state none."""
    fields = lineage.get("parameters", {}).get("train", {}).get("dataset", {}).get("target")
    return Target.model_construct(**fields) if fields else None


def find_other_scale(lineage: dict[str, Any], target: Target | None) -> str | None:
    """Describe the scale that a model was trained for, if it differs from that of a target.

    Returns:
        Words such as `points from 80 to 100 in steps of 1`; None if the scales are equal, or if one
        of them is not known.
    """
    trained = target_of(lineage)
    if trained is None or target is None:
        return None
    equal = all(getattr(trained, field) == getattr(target, field) for field in FIELDS)
    return None if equal else _describe(trained)


def explain_other_scale(lineage: dict[str, Any], target: Target | None) -> str | None:
    """Explain that the champion was trained for another scale, and what to do.

    Args:
        lineage: of the champion.
        target: of the contract.

    Returns:
        The explanation; None if the scales are equal, or if one of them is not known.
    """
    trained = find_other_scale(lineage, target)
    if trained is None or target is None:
        return None
    return (
        f"the champion was trained for {trained}; the contract says {_describe(target)}: give the"
        " contract a new major version"
    )


def _describe(target: Target) -> str:
    steps = "" if target.step is None else f" in steps of {target.step:g}"
    return f"{target.name} from {target.minimum:g} to {target.maximum:g}{steps}"
