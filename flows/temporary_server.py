"""A Prefect server for one command, which ends with it, however the command ends.

The server's standard input is a pipe whose other end the command holds. When the command is gone,
be it by SIGKILL, the pipe ends, and so does the server. Prefect's own temporary server outlives a
command that a signal ended, is asked through a proxy whether it is there, and is started again and
again where its database cannot be used (`prefect.server.api.server.SubprocessASGIServer`).
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

ADVICE = "where another version of Prefect made its database, set PREFECT_HOME to another folder"
START_SECONDS_MAX = 180
STOP_SECONDS_MAX = 10


def start_temporary_server(meanwhile: Callable[[], object]) -> None:
    """Start a server, and let Prefect's client of this process find it.

    Of several that start on a new PREFECT_HOME, one alone may create the database.

    Args:
        meanwhile: called while the server starts.

    Raises:
        ServerError: it did not start; says why.
    """
    home = PREFECT_HOME.value()
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".temporary-server.lock").open("w") as lock, tempfile.TemporaryFile("w+") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = _start(log)
        meanwhile()
        port = _wait_for_port(process)
        if port is None:
            _stop(process)
            log.seek(0)
            raise ServerError(
                f"Prefect's temporary server did not start: {quote_cause(log.read())}; {ADVICE}"
                f" (PREFECT_HOME is {home})"
            )
    atexit.register(_stop, process)
    # Its pages end with the command: no link to them is shown.
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
        # A terminal's Ctrl-C reaches the command alone, which still has to report it.
        start_new_session=True,
    )


def _wait_for_port(process: subprocess.Popen[str]) -> int | None:
    """Wait until the server says its port, which it does when it is ready; None: it ended."""
    if process.stdout and select.select([process.stdout], [], [], START_SECONDS_MAX)[0]:
        said = process.stdout.readline()
        return int(said) if said else None
    return None


def quote_cause(log: str) -> str:
    """Return the line of a server's log that says why it ended."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.split(":")[0].endswith(("Error", "Exception"))]
    return (errors or lines or ["it said nothing"])[-1][:300]


def _stop(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_input(server: Any) -> None:
    sys.stdin.read()
    server.should_exit = True
    threading.Event().wait(STOP_SECONDS_MAX)
    os._exit(1)


def main() -> int:
    """Serve until the standard input ends."""
    # Imported late: the command needs neither, and they take seconds.
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
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server.run(sockets=[listener])
    return 0 if server.started else 1


if __name__ == "__main__":
    raise SystemExit(main())
