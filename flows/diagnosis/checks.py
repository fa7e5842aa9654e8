"""Runs checks concurrently, each with a timeout, and collects their findings."""

from __future__ import annotations

import contextvars
import threading
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal, NamedTuple

from tasks.configuration.errors import PipelineError
from tasks.sources.redaction import printable

Level = Literal["ok", "warning", "problem"]


class Finding(NamedTuple):
    """The result of a check.

    Attributes:
        level: a `problem` prevents runs from succeeding.
        found: a few words, without secrets.
        advice: what to do; may be empty.
    """

    level: Level
    found: str
    advice: str = ""


class Check(NamedTuple):
    """A check of the installation, the server or the store.

    Attributes:
        name: the subject of the check.
        run: returns the finding, and changes nothing; an exception is a problem.
        timeout_seconds: the check is abandoned after this time, which is a problem.
    """

    name: str
    run: Callable[[], Finding]
    timeout_seconds: float = 20.0


def run_checks(checks: Sequence[Check]) -> list[tuple[str, Finding]]:
    """Run all checks concurrently; return their names and findings, in the order of the checks.

    A check that hangs is abandoned: its daemon thread ends with the process. If several checks find
    the same, only the first one is returned, because they have one cause.
    """
    findings: dict[str, Finding] = {}

    def run(check: Check) -> None:
        try:
            findings[check.name] = check.run()
        except PipelineError as error:
            findings[check.name] = Finding("problem", printable(str(error)))
        except BaseException as error:  # any error, so that the other checks are reported
            message = f"the check itself failed: {_locate(error)}"
            findings[check.name] = Finding("problem", message)

    threads = []
    for check in checks:
        # Prefect keeps its settings in a context variable, which a thread does not inherit.
        context = contextvars.copy_context()
        threads.append(threading.Thread(target=context.run, args=(run, check), daemon=True))
        threads[-1].start()
    distinct: dict[str, tuple[str, Finding]] = {}
    for check, thread in zip(checks, threads, strict=True):
        thread.join(check.timeout_seconds)
        late = f"the check `{check.name}` timed out after {check.timeout_seconds:g} s"
        finding = findings.get(check.name) or Finding("problem", late, "find out why it hangs")
        distinct.setdefault(finding.found, (check.name, finding))
    return list(distinct.values())


def _locate(error: BaseException) -> str:
    """Return the type and the line of an error; its message may contain a secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"


def format_duration(duration: timedelta) -> str:
    """Format a duration, without its sign and without fractions of a second."""
    return str(timedelta(seconds=round(abs(duration.total_seconds()))))
