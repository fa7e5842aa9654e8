"""A bar in Prefect's UI for the epochs of a training."""

from __future__ import annotations

from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from prefect.exceptions import PrefectException


class ProgressBar:
    """Shows how much of a training is done; a server that is away does not stop the training."""

    def __init__(self, epochs: int) -> None:
        """Show nothing yet."""
        self._epochs = epochs
        self._artifact: UUID | None = None

    def show(self, done: int) -> None:
        """Show that so many epochs are done; outside a task run there is nowhere to show it."""
        if TaskRunContext.get() is None:
            return
        percent = 100 * done / self._epochs
        try:
            if self._artifact is None:
                told = f"Epochs of {self._epochs}; early stopping may end it before."
                created = create_progress_artifact(percent, key="training", description=told)
                self._artifact = UUID(str(created))
            else:
                update_progress_artifact(self._artifact, percent)
        except (httpx.HTTPError, PrefectException):
            return
