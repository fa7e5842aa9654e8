"""What a check is and what it finds; runs all checks concurrently, each with a timeout."""

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
    """Run all checks at once; return their names with what they found, in their order.

    A check that hangs, as on a network file system that is away, is left behind: its thread ends
    with the process. What several checks say in the same words is told once, by the first of them:
    one cause is one problem.
    """
    found: dict[str, Finding] = {}

    def look(check: Check) -> None:
        try:
            found[check.name] = check.look()
        except PipelineError as error:
            found[check.name] = Finding("problem", printable(str(error)))
        except BaseException as error:  # whatever it is, the other checks are told too
            found[check.name] = Finding("problem", f"the check itself failed: {_place(error)}")

    threads = []
    for check in checks:
        # Prefect keeps its settings in a context, which a thread does not inherit.
        run = contextvars.copy_context().run
        threads.append(threading.Thread(target=run, args=(look, check), daemon=True))
        threads[-1].start()
    told: dict[str, tuple[str, Finding]] = {}
    for check, thread in zip(checks, threads, strict=True):
        thread.join(check.seconds_max)
        late = f"{check.name}: no answer within {check.seconds_max:g} s"
        finding = found.get(check.name) or Finding("problem", late, "see why it hangs")
        told.setdefault(finding.found, (check.name, finding))
    return list(told.values())


def _place(error: BaseException) -> str:
    """Name an error and where it arose; its text may quote what is secret."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"


def describe_age(age: timedelta) -> str:
    """Say how long ago something was, or will be, without fractions of a second."""
    return str(timedelta(seconds=round(abs(age.total_seconds()))))
