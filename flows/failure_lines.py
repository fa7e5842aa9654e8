"""Keeps from the terminal what Prefect logs of a failure that the command reports in one line.

Only the terminal leaves these lines out; the server's log keeps them.
"""

from __future__ import annotations

import logging
import re

from prefect.logging.handlers import PrefectConsoleHandler

from tasks.configuration.errors import PipelineError

FAILURE = re.compile(
    r"(?:Finished in state Failed\(['\"](?:Task|Flow) run encountered an exception:?"
    # That a task will be retried is no failure yet.
    r"|Task run failed with exception:(?!.* - Retry \d)"
    r"|Encountered exception during execution:) (\w+)",
    re.DOTALL,
)
"""What Prefect logs of an exception, up to its class."""


def leave_out_failures() -> None:
    """Let Prefect's handlers for the terminal leave out what it logs of a PipelineError."""
    for logger in (logging.getLogger(), logging.getLogger("prefect")):
        for handler in logger.handlers:
            if isinstance(handler, PrefectConsoleHandler):
                handler.addFilter(is_shown)


def is_shown(record: logging.LogRecord) -> bool:
    """Return whether a record is anything but the failure of a task or flow by a PipelineError."""
    match = FAILURE.match(record.getMessage())
    return match is None or match[1] not in {kind.__name__ for kind in _kinds(PipelineError)}


def _kinds(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*map(_kinds, kind.__subclasses__()))
