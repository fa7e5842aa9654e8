from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from flows.diagnosis.checks import Check, Finding, format_duration, run_checks
from tasks.configuration.errors import StoreError


def test_a_check_that_hangs_or_breaks_does_not_keep_the_others_from_answering() -> None:
    hung = threading.Event()

    def hang() -> Finding:
        hung.wait()
        return Finding("ok", "late")

    def break_off() -> Finding:
        raise KeyError("secret")

    checks = [
        Check("hangs", hang, timeout_seconds=0.05),
        Check("breaks", break_off),
        Check("answers", lambda: Finding("ok", "here")),
    ]
    found = dict(run_checks(checks))
    hung.set()
    assert found["hangs"] == (
        "problem",
        "the check `hangs` timed out after 0.05 s",
        "find out why it hangs",
    )
    assert found["breaks"].level == "problem"
    assert "KeyError in test_checks.py, line" in found["breaks"].found
    assert "secret" not in found["breaks"].found
    assert found["answers"] == ("ok", "here", "")


def test_what_several_checks_say_in_the_same_words_is_told_once() -> None:
    hung = threading.Event()

    def refuse() -> Finding:
        raise StoreError("no bucket")

    def hang() -> Finding:
        hung.wait()
        return Finding("ok", "late")

    checks = [
        Check("store", refuse),
        Check("champion", refuse),
        Check("server", hang, timeout_seconds=0.05),
        Check("source", hang, timeout_seconds=0.05),
    ]
    found = run_checks(checks)
    hung.set()
    assert [name for name, _ in found] == ["store", "server", "source"]
    assert found[0][1] == ("problem", "no bucket", "")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(5.4, "0:00:05"), (-200, "0:03:20"), (7300, "2:01:40"), (9 * 86_400, "9 days, 0:00:00")],
)
def test_ages_are_told_in_whole_seconds(seconds: float, said: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == said
