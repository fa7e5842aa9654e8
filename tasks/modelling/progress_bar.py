"""A progress bar for the epochs of a training in Prefect's UI."""

from __future__ import annotations

from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import TaskRunContext
from prefect.exceptions import PrefectException


class ProgressBar:
    """Shows the progress of a training; failures of the server do not stop the training."""

    def __init__(self, epochs: int) -> None:
        """Make a bar that is not shown yet."""
        self._epochs = epochs
        self._artifact: UUID | None = None

    def show(self, done: int) -> None:
        """Show the number of finished epochs; does nothing outside a task run."""
        if TaskRunContext.get() is None:
            return
        percent = 100 * done / self._epochs
        try:
            if self._artifact is None:
                about = f"Epochs of {self._epochs}; early stopping may end the training before."
                created = create_progress_artifact(percent, key="training", description=about)
                self._artifact = UUID(str(created))
            else:
                update_progress_artifact(self._artifact, percent)
        except (httpx.HTTPError, PrefectException):
            return
