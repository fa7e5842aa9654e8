"""A check of a candidate: what was claimed, whether it holds, and by which figures."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tasks.engine.artifacts import Frozen


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
