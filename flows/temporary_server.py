"""Prefect's temporary server, for a command that runs where no server is set."""

from __future__ import annotations

import fcntl
import signal

from prefect.client.base import ServerType, determine_server_type
from prefect.settings import PREFECT_HOME


def start_temporary_server() -> None:
    """Start the temporary server, if Prefect would need one, so that it outlives a Ctrl-C.

    A terminal sends Ctrl-C to the server too; without it Prefect tries for minutes to report that
    the run was interrupted, and fails. And of several servers that start on a new PREFECT_HOME, one
    alone may create the database, or the others crash.
    """
    if determine_server_type() is not ServerType.EPHEMERAL:
        return
    from prefect.server.api.server import SubprocessASGIServer

    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".temporary-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            # One instance a process: Prefect's client finds it running.
            SubprocessASGIServer().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
