"""The exception hierarchy.

    PipelineError            one line: the problem, its place and the remedy (exit 1)
    ├── ContractError        the contract document is invalid
    ├── SourceError          the source cannot be read as reviews; retrying cannot help
    ├── TransientError       the network or a server failed; retrying may help
    ├── StoreError           the store cannot be read or written
    ├── CodeChangedError     the code or a library changed during the run
    ├── DeviceError          the requested device cannot be used
    ├── TrainingError        the training diverged
    ├── ChampionError        the champion cannot be changed as requested
    ├── TrackingError        the mirror in MLflow cannot be updated
    ├── ServerError          no Prefect server answers
    ├── DataRejectedError    critical rules of the contract failed (exit 3); holds the summary
    └── UsageError           the parameters contradict each other or the data (exit 2)

Any other exception is a defect of this project and keeps its traceback.
"""

from __future__ import annotations

import logging
from typing import Any


class PipelineError(Exception):
    """A failure that a person can act on; the log shows its message without a traceback."""


class ContractError(PipelineError):
    """The contract document is invalid, or holds a rule that cannot be checked."""


class SourceError(PipelineError):
    """The source cannot be read as a file of reviews."""


class TransientError(PipelineError):
    """The network or a server failed; the only error that tasks are retried for."""


class StoreError(PipelineError):
    """The store cannot be read or written."""


class CodeChangedError(PipelineError):
    """The project's code or a library changed during the run."""


class DeviceError(PipelineError):
    """The requested device cannot be used on this machine."""


class TrainingError(PipelineError):
    """The training diverged."""


class ChampionError(PipelineError):
    """The champion cannot be changed as requested."""


class TrackingError(PipelineError):
    """The mirror in MLflow cannot be updated; the store is not affected."""


class ServerError(PipelineError):
    """No Prefect server answers."""


class UsageError(PipelineError):
    """The parameters contradict each other or do not fit the data."""


class DataRejectedError(PipelineError):
    """Critical rules of the contract failed.

    An exception and not only a verdict, because Prefect expects one in a failed state.

    Attributes:
        summary: of the run.
    """

    def __init__(self, reason: str, summary: Any) -> None:
        """Make the error of a run with this summary."""
        super().__init__(reason)
        self.summary = summary


def drop_traceback(record: logging.LogRecord) -> bool:
    """Remove the traceback of a PipelineError from a log record; return True to keep the record."""
    if record.exc_info and isinstance(record.exc_info[1], PipelineError):
        record.exc_info, record.exc_text = None, None
    return True


def silence_tracebacks() -> None:
    """Let Prefect's task and flow loggers print a PipelineError as one line."""
    for name in ("prefect.task_runs", "prefect.flow_runs", "prefect.engine"):
        logging.getLogger(name).addFilter(drop_traceback)
