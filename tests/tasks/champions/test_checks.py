from __future__ import annotations

import pytest
from pydantic import ValidationError

from tasks.champions.checks import Check


def test_a_check_that_failed_holds_what_it_was_given() -> None:
    figures = {"rows": 3}
    check = Check.denied("is good", "is bad", "3 rows", figures)
    assert check == Check(
        name="is good", denial="is bad", passed=False, detail="3 rows", figures=figures
    )
    assert Check.denied("is good", "is bad", "3 rows").figures == {}


def test_a_check_needs_no_figures_and_never_changes() -> None:
    check = Check(name="is good", denial="is bad", passed=True, detail="")
    assert check.figures == {}
    with pytest.raises(ValidationError):
        check.passed = False
