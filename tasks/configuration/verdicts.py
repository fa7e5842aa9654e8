"""The verdicts of a run, as Prefect states and as exit codes."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks.configuration.errors import DataRejectedError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REJECTED = 3
EXIT_INTERRUPTED = 130


class Verdict(StrEnum):
    """The result of a run; the value is the name of its Prefect state."""

    ACCEPTED = "Accepted"
    PROMOTED = "Promoted"
    KEPT_CHAMPION = "KeptChampion"
    NOT_PROMOTED = "NotPromoted"
    UNCHANGED = "Unchanged"
    SCORED = "Scored"
    PRUNED = "Pruned"
    TUNED = "Tuned"
    DATA_REJECTED = "DataRejected"

    @property
    def exit_code(self) -> int:
        """Exit code of a command with this verdict."""
        return EXIT_REJECTED if self is Verdict.DATA_REJECTED else 0

    def to_state(self, message: str, summary: Any) -> State[Any]:
        """Make the Prefect state with this name; only DataRejected has the type Failed."""
        if self is Verdict.DATA_REJECTED:
            # Prefect raises the exception in a failed state in the process of a deployment's run.
            error = DataRejectedError(message, summary)
            return Failed(name=self.value, message=message, data=error)
        return Completed(name=self.value, message=message, data=summary)
