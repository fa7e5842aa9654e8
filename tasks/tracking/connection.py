"""The way to MLflow: set by MLflow's own environment variables, and loaded only if one is."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tasks.configuration.errors import TrackingError
from tasks.sources.redaction import printable, quiet_wire_logs, redact_url, redact_within

if TYPE_CHECKING:
    from mlflow import MlflowClient

TRACKING_URI = "MLFLOW_TRACKING_URI"

QUIET = {
    # DO_NOT_TRACK=1 does not do: MLflow looks for the word `true`.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # It prints addresses to standard output, with the password that stands in them.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    # MLflow's own patience, 7 retries of 120 s each, would hold a nightly run for a quarter of an
    # hour; what is missed is caught up.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
"""What MLflow is told unless the environment says otherwise."""


def find_tracking_uri() -> str | None:
    """Return where MLflow is, as the environment says; None where nothing is to be tracked."""
    return os.environ.get(TRACKING_URI, "").strip() or None


def show_tracking_uri(uri: str) -> str:
    """Return the tracking URI as messages may show it; it may be a folder."""
    return redact_url(uri) if "://" in uri else printable(uri)


@contextlib.contextmanager
def connect() -> Iterator[MlflowClient]:
    """Give a client of MLflow, and turn whatever MLflow raises meanwhile into one line.

    What the code around the client raises is passed on: a defect is not taken for a server's.

    Raises:
        TrackingError: no URI is set, or MLflow is not installed, cannot be reached, or refuses.
    """
    uri = find_tracking_uri()
    if uri is None:
        raise TrackingError(f"{TRACKING_URI} is not set: name the MLflow server or database there")
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        from mlflow import MlflowClient
    except ModuleNotFoundError as error:
        raise TrackingError(
            f"{TRACKING_URI} is set, but a package is missing ({error.name}): install the extra"
            " `mlflow` (python -m pip install -e '.[mlflow]'), or unset it"
        ) from error
    try:
        with quiet_wire_logs():
            yield MlflowClient(tracking_uri=uri)
    # MLflow hands on the errors of databases, clouds and servers as they come: of any type.
    except Exception as error:
        if not _came_out_of_mlflow(error):
            raise
        raise TrackingError(
            f"MLflow at {show_tracking_uri(uri)} failed ({_say_cause(error, uri)}); the champion is"
            " as the store says, and the next run or `wine-points champion mirror` catches up"
        ) from error


def _came_out_of_mlflow(error: Exception) -> bool:
    """Tell whether it was raised within a call of MLflow, by MLflow or what MLflow called."""
    modules = (f.f_globals.get("__name__", "") for f, _ in traceback.walk_tb(error.__traceback__))
    return any(name.partition(".")[0] == "mlflow" for name in modules)


def _say_cause(error: BaseException, uri: str) -> str:
    """Say in a line why MLflow failed: what the network said, if it was the network."""
    cause: BaseException | None = error
    while cause is not None:
        error = cause if isinstance(cause, OSError) else error
        cause = cause.__cause__ or cause.__context__
    return printable(redact_within(str(error).strip() or type(error).__name__, uri))
