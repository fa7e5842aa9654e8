"""The Prefect server that a command reports to: the one that is set, or a temporary one."""

from __future__ import annotations

import fcntl
import signal

import httpx
from prefect.client.base import ServerType, determine_server_type
from prefect.settings import PREFECT_API_URL, PREFECT_HOME

from tasks.errors import ServerError
from tasks.sources.redaction import redact_url

PATIENCE_SECONDS = 5.0
START_SECONDS_MAX = 180


def ensure_server() -> None:
    """Make sure that there is a server, before a run begins.

    Raises:
        ServerError: the server that is set does not answer, or none is set and none can be started.
    """
    kind = determine_server_type()
    if kind is ServerType.EPHEMERAL:
        _start_temporary_server()
    elif kind is ServerType.SERVER:
        ask_server(str(PREFECT_API_URL.value()))
    elif kind is ServerType.UNCONFIGURED:
        raise ServerError(
            "no Prefect server is set, and a temporary one is not allowed: set PREFECT_API_URL, or"
            " PREFECT_SERVER_ALLOW_EPHEMERAL_MODE=true"
        )


def ask_server(url: str) -> None:
    """Make sure that a Prefect server answers at the URL of its API.

    Raises:
        ServerError: none does.
    """
    try:
        httpx.get(f"{url}/health", timeout=PATIENCE_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServerError(
            f"the Prefect server at {redact_url(url)} does not answer ({type(error).__name__}):"
            " start it, or correct or unset PREFECT_API_URL"
        ) from error


def _start_temporary_server() -> None:
    """Start Prefect's temporary server so that it outlives a Ctrl-C.

    A terminal sends Ctrl-C to the server too; without it Prefect tries for minutes to report that
    the run was interrupted, and fails. And of several servers that start on a new PREFECT_HOME, one
    alone may create the database, or the others crash.
    """
    from prefect.server.api.server import SubprocessASGIServer

    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".temporary-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            # One instance a process: Prefect's client finds it running.
            SubprocessASGIServer().start(timeout=START_SECONDS_MAX)
        except RuntimeError as error:
            raise ServerError(
                f"Prefect's temporary server did not start within {START_SECONDS_MAX} s: is the"
                " machine very busy? Try again, or start one with `prefect server start`"
            ) from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
