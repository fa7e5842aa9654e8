"""A temporary Prefect server that ends with its command, even when the command is killed.

The server reads a pipe that the command holds open. When the command ends, the pipe closes and the
server exits. Prefect's own temporary server (`prefect.server.api.server.SubprocessASGIServer`)
keeps running after a signal ends its command, is contacted through the proxy, and is restarted
without end if it cannot use its database.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import IO, Any

from prefect.context import refresh_global_settings_context
from prefect.settings import PREFECT_HOME, get_current_settings

from tasks.configuration.errors import ServerError

ADVICE = "if another version of Prefect created its database, set PREFECT_HOME to another folder"
START_SECONDS_MAX = 180
STOP_SECONDS_MAX = 10


def start_temporary_server(while_starting: Callable[[], object]) -> None:
    """Start a server, and set PREFECT_API_URL to its address.

    A lock lets one server start at a time, because two at once would both create the database.

    Args:
        while_starting: called while the server starts.

    Raises:
        ServerError: the server did not start.
    """
    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".temporary-server.lock").open("w") as lock, tempfile.TemporaryFile("w+") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = _start(log)
        while_starting()
        port = _wait_for_port(process)
        if port is None:
            _stop(process)
            log.seek(0)
            raise ServerError(
                f"Prefect's temporary server did not start: {find_cause(log.read())}; {ADVICE}"
                f" (PREFECT_HOME is {home})"
            )
    atexit.register(_stop, process)
    # An empty PREFECT_UI_URL: Prefect prints no links to pages that end with the command.
    os.environ |= {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api", "PREFECT_UI_URL": ""}
    refresh_global_settings_context()


def _start(log: IO[str]) -> subprocess.Popen[str]:
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    return subprocess.Popen(
        [sys.executable, "-m", "flows.temporary_server"],
        env=os.environ | settings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        # Ctrl-C in a terminal then ends only the command, which still reports to the server.
        start_new_session=True,
    )


def _wait_for_port(process: subprocess.Popen[str]) -> int | None:
    """Wait for the port that the server prints when it is ready; None if it prints none."""
    if process.stdout and select.select([process.stdout], [], [], START_SECONDS_MAX)[0]:
        line = process.stdout.readline()
        return int(line) if line else None
    return None


def find_cause(log: str) -> str:
    """Return the line of a server's log that explains why it ended."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.split(":")[0].endswith(("Error", "Exception"))]
    return (errors or lines or ["its log is empty"])[-1][:300]


def _stop(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _exit_at_end_of_input(servers: list[Any]) -> None:
    """End the server when the standard input ends; at once if there is none yet."""
    sys.stdin.read()
    for server in servers:
        server.should_exit = True
        threading.Event().wait(STOP_SECONDS_MAX)
    os._exit(1)


def main() -> int:
    """Run the server until the standard input ends."""
    servers: list[Any] = []
    threading.Thread(target=_exit_at_end_of_input, args=(servers,), daemon=True).start()
    # These imports take seconds, and the command does not need them.
    import uvicorn
    from prefect.server.api.server import create_app

    class ReportingServer(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started and sockets:
                sys.stdout.write(f"{sockets[0].getsockname()[1]}\n")
                sys.stdout.flush()

    app = create_app(ephemeral=True, final=True)
    server = ReportingServer(uvicorn.Config(app, log_level="error", lifespan="on"))
    servers.append(server)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server.run(sockets=[listener])
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
