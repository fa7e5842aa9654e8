"""The connection to MLflow, configured by MLflow's environment variables."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tasks.configuration.errors import TrackingError
from tasks.configuration.system_errors import explain_system_error
from tasks.sources.redaction import printable, quiet_wire_logs, redact_url, redact_within

if TYPE_CHECKING:
    from mlflow import MlflowClient

TRACKING_URI = "MLFLOW_TRACKING_URI"

QUIET = {
    # MLflow expects `true`; DO_NOT_TRACK=1 has no effect.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # MLflow would print URLs, passwords included.
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    # The default, 7 retries of 120 s each, would delay a run by a quarter of an hour. The next run
    # writes what this one could not.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}
"""Defaults for MLflow's environment variables."""


def find_tracking_uri() -> str | None:
    """Return MLflow's tracking URI from the environment, or None if it is not set."""
    return os.environ.get(TRACKING_URI, "").strip() or None


def show_tracking_uri(uri: str) -> str:
    """Return the tracking URI, a URL or a folder, without secrets for messages."""
    return redact_url(uri) if "://" in uri else printable(uri)


@contextlib.contextmanager
def connect() -> Iterator[MlflowClient]:
    """Yield an MLflow client, and turn the exceptions of MLflow into a TrackingError.

    Exceptions from this project's code pass through.

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
    # MLflow passes on the exceptions of databases, clouds and servers, which may have any type.
    except Exception as error:
        if not _was_raised_in_mlflow(error):
            raise
        cause = _describe_cause(error, uri)
        raise TrackingError(
            f"MLflow at {show_tracking_uri(uri)} failed ({cause}); the champion in the store is"
            " correct, and the next run or `wine-points champion mirror` updates MLflow"
        ) from error


def _was_raised_in_mlflow(error: Exception) -> bool:
    """Return whether an exception was raised in a call of MLflow."""
    modules = (f.f_globals.get("__name__", "") for f, _ in traceback.walk_tb(error.__traceback__))
    return any(name.partition(".")[0] == "mlflow" for name in modules)


def _describe_cause(error: BaseException, uri: str) -> str:
    """Return the cause of an MLflow failure in one line; prefer the innermost OSError."""
    told = explain_system_error(error).strip() or type(error).__name__
    return printable(redact_within(told, uri))
