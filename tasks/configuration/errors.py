"""What can go wrong, in words for the person who must mend it.

    PipelineError            one line: what is wrong, where, what to do (exit 1)
    ├── ContractError        the contract's document cannot be read
    ├── SourceError          the source cannot be read as reviews; trying again cannot help
    ├── TransientError       the network or a server failed; trying again may help
    ├── StoreError           the store cannot be read or written
    ├── CodeChangedError     the code or a library changed while it ran
    ├── DeviceError          the device asked for cannot be used
    ├── TrainingError        the network did not learn
    ├── ChampionError        the champion cannot be changed as a person asked
    ├── TrackingError        MLflow does not know what the store knows
    ├── ServerError          there is no Prefect server to report to
    ├── DataRejectedError    the contract's critical rules failed (exit 3); holds the run's summary
    └── UsageError           the parameters contradict each other or the data (exit 2)

Anything else that is raised is a defect of this project and keeps its traceback.
"""

from __future__ import annotations

import logging
from typing import Any


class PipelineError(Exception):
    """A failure that a person can act on; its text is the whole message."""


class ContractError(PipelineError):
    """The contract's document says something that cannot be read or checked."""


class SourceError(PipelineError):
    """The source cannot be read as a file of reviews."""


class TransientError(PipelineError):
    """Something outside failed in a way that may pass; the only error that is retried."""


class StoreError(PipelineError):
    """The store cannot be read or written."""


class CodeChangedError(PipelineError):
    """The project's code, or a library it uses, is another than the one that began this run."""


class DeviceError(PipelineError):
    """The device asked for cannot be used on this machine."""


class TrainingError(PipelineError):
    """The network did not learn."""


class ChampionError(PipelineError):
    """The champion cannot be changed as a person asked."""


class TrackingError(PipelineError):
    """MLflow could not be told what the store knows; the store is not affected."""


class ServerError(PipelineError):
    """There is no Prefect server to report to."""


class UsageError(PipelineError):
    """The parameters contradict each other or do not fit the data."""


class DataRejectedError(PipelineError):
    """The critical rules failed: the verdict of a run, which Prefect wants as an exception.

    Attributes:
        summary: of the run.
    """

    def __init__(self, reason: str, summary: Any) -> None:
        """Keep the summary beside the reason."""
        super().__init__(reason)
        self.summary = summary


class WithoutTraceback(logging.Filter):
    """Keep the message of a PipelineError in the log and drop its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Strip the traceback from records that carry a PipelineError; always True."""
        if record.exc_info and isinstance(record.exc_info[1], PipelineError):
            record.exc_info, record.exc_text = None, None
        return True


def silence_tracebacks() -> None:
    """Make Prefect's task and flow loggers print a PipelineError as one line."""
    for name in ("prefect.task_runs", "prefect.flow_runs", "prefect.engine"):
        logger = logging.getLogger(name)
        if not any(isinstance(entry, WithoutTraceback) for entry in logger.filters):
            logger.addFilter(WithoutTraceback())
