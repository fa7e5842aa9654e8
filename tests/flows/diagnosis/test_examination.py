from __future__ import annotations

import threading

import pytest

from flows.diagnosis.examination import Check, Finding, describe_age, examine


def test_a_check_that_hangs_or_breaks_does_not_keep_the_others_from_answering() -> None:
    hung = threading.Event()

    def hang() -> Finding:
        hung.wait()
        return Finding("ok", "late")

    def break_off() -> Finding:
        raise KeyError("secret")

    checks = [
        Check("hangs", hang, seconds_max=0.05),
        Check("breaks", break_off),
        Check("answers", lambda: Finding("ok", "here")),
    ]
    found = dict(examine(checks))
    hung.set()
    assert found["hangs"] == ("problem", "no answer within 0.05 s", "see why it hangs")
    assert found["breaks"].level == "problem"
    assert "KeyError in test_examination.py, line" in found["breaks"].found
    assert "secret" not in found["breaks"].found
    assert found["answers"] == ("ok", "here", "")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5, "5 seconds"), (-200, "3 minutes"), (7300, "2 hours"), (9 * 86_400, "9 days")],
)
def test_ages_are_told_in_words(seconds: float, said: str) -> None:
    assert describe_age(seconds) == said
