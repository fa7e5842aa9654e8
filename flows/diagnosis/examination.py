"""What a check is and what it finds; runs all checks concurrently, each with a timeout."""

from __future__ import annotations

import contextvars
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from tasks.configuration.errors import PipelineError
from tasks.sources.redaction import printable

Level = Literal["ok", "warning", "problem"]


class Finding(NamedTuple):
    """What a check found.

    Attributes:
        level: a `problem` keeps runs from ending well; a `warning` is to be known.
        found: in a few words, without secrets.
        advice: what to do; empty where there is nothing to do.
    """

    level: Level
    found: str
    advice: str = ""


class Check(NamedTuple):
    """A question about the installation.

    Attributes:
        name: of what is looked at.
        look: answers it, and changes nothing; what it raises is a problem.
        seconds_max: how long it is waited for.
    """

    name: str
    look: Callable[[], Finding]
    seconds_max: float = 20.0


def examine(checks: Sequence[Check]) -> list[tuple[str, Finding]]:
    """Ask all checks at once; return their names with what they found, in their order.

    A check that hangs, as on a network file system that is away, is left behind: its thread ends
    with the process.
    """
    asked = [(check, _ask(check)) for check in checks]
    return [(check.name, _wait(check, *answer)) for check, answer in asked]


def _ask(check: Check) -> tuple[threading.Thread, list[Finding]]:
    answers: list[Finding] = []

    def look() -> None:
        try:
            answers.append(check.look())
        except PipelineError as error:
            answers.append(Finding("problem", printable(str(error))))
        except BaseException as error:  # whatever it is, the other checks are told too
            answers.append(Finding("problem", f"the check itself failed: {_place(error)}"))

    # Prefect keeps its settings in a context, which a thread does not inherit.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(look,), daemon=True)
    thread.start()
    return thread, answers


def _wait(check: Check, thread: threading.Thread, answers: list[Finding]) -> Finding:
    thread.join(check.seconds_max)
    if answers:
        return answers[0]
    return Finding("problem", f"no answer within {check.seconds_max:g} s", "see why it hangs")


def _place(error: BaseException) -> str:
    """Name an error and where it arose; its text may quote what is secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"


def describe_age(seconds: float) -> str:
    """Say how long ago something was, or will be, in the largest unit that fits twice."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if abs(seconds) >= 2 * size:
            return f"{abs(seconds) / size:.0f} {unit}"
    return f"{abs(seconds):.0f} seconds"
