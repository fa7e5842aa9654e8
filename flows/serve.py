"""Serve the deployments on this machine: a server, a work pool, the deployments and a worker.

Everything is Prefect's own command line; this adds the order, the waiting, and that nothing is left
running. With PREFECT_API_URL set, in the environment or in Prefect's profile, that server is used,
and left alone at the end.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from subprocess import Popen
from typing import NoReturn

from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from flows.deploy import PREFECT, Deploy, deploy
from flows.deployment.processes import Processes
from flows.deployment.workplace import WORK_POOL, find_foreign_package
from flows.output import say
from flows.plain_command import PlainCommand, run_plain_command
from flows.prefect_server import ask_server
from flows.temporary_server import ADVICE, quote_cause
from tasks.configuration.errors import ServerError

START_SECONDS_MAX = 120
RECORD = "wine-points-serve.json"


class Serve(PlainCommand):
    """Bring up a Prefect server, a worker and the deployments on this machine, until Ctrl-C."""

    model_config = SettingsConfigDict(cli_prog_name="wine-points serve")

    store: str = Field(default="store", description="store of the runs that name none")
    port: int = Field(default=4200, ge=1, le=65535, description="of the server's API and UI")
    reset: bool = Field(
        default=False, description="take back what was paused or switched on the server"
    )
    stop: bool = Field(default=False, description="take down what is served, or was left running")


def serve(asked: Serve) -> str:
    """Bring everything up, wait for Ctrl-C or SIGTERM, and take it down.

    Raises:
        ServerError: it is served already, or a part of it did not start, or ended.
    """
    processes = Processes(PREFECT_HOME.value() / RECORD)
    if asked.stop:
        told = "taken down" if processes.running() else "nothing was served"
        processes.stop()
        return told
    if foreign := find_foreign_package():
        raise ServerError(foreign)
    if processes.running():
        raise ServerError("this is served already; `wine-points stop` takes it down")
    processes.note(os.getpid())
    os.environ["WINE_POINTS_STORE"] = asked.store
    try:
        _keep_serving(asked, processes, PREFECT_API_URL.value())
    except KeyboardInterrupt:
        return "taken down"
    finally:
        processes.stop()


def _keep_serving(asked: Serve, processes: Processes, url: str | None) -> NoReturn:
    """Start what is needed, and another server or worker of our own for each that is killed.

    Raises:
        ServerError: one of them did not start, or ended by itself.
    """
    server = None if url else _start_server(processes, asked.port)
    url = url or os.environ["PREFECT_API_URL"]
    with temporary_settings({PREFECT_API_URL: url}):
        say(deploy(Deploy(reset=asked.reset)))
    worker = _start_worker(processes)
    while True:
        time.sleep(1)
        if server and server.poll() is not None:
            _tell_of_kill("server", server)
            server = _start_server(processes, asked.port)
            # Without a server a worker may end by itself.
            if worker.poll() is not None:
                worker = _start_worker(processes)
        elif worker.poll() is not None:
            _tell_of_kill("worker", worker)
            if server is None:
                ask_server(url)
            worker = _start_worker(processes)


def _start_server(processes: Processes, port: int) -> Popen[bytes]:
    """Start a server, and wait until it answers."""
    url, log = f"http://127.0.0.1:{port}", _log_of("server")
    with socket.socket() as asking:
        if asking.connect_ex(("127.0.0.1", port)) == 0:
            raise ServerError(
                f"something answers at {url} already: set PREFECT_API_URL={url}/api if it is the"
                " Prefect server to use, or name another --port"
            )
    os.environ |= {"PREFECT_API_URL": f"{url}/api", "PREFECT_UI_URL": url}
    command = [*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = processes.start(command, log)
    end = time.monotonic() + START_SECONDS_MAX
    while True:
        has_ended = server.poll() is not None
        try:
            ask_server(f"{url}/api")
            break
        except ServerError as error:
            if has_ended or time.monotonic() > end:
                said = log.read_text(errors="replace") if has_ended else ""
                raise ServerError(
                    f"the server did not start: {quote_cause(said)}; {ADVICE} (PREFECT_HOME is"
                    f" {PREFECT_HOME.value()}); see {log}"
                ) from error
            time.sleep(0.2)
    say(f"server and UI at {url} (log: {log})")
    return server


def _start_worker(processes: Processes) -> Popen[bytes]:
    log = _log_of("worker")
    worker = processes.start([*PREFECT, "worker", "start", "--pool", WORK_POOL], log)
    say(f"a worker waits for runs (log: {log}); Ctrl-C takes everything down")
    return worker


def _tell_of_kill(name: str, process: Popen[bytes]) -> None:
    code = process.returncode
    if code >= 0:
        raise ServerError(f"the {name} ended with {code}; see {_log_of(name)}")
    say(f"the {name} was killed ({signal.Signals(-code).name}); another one is started")


def _log_of(name: str) -> Path:
    return Path(PREFECT_HOME.value(), f"wine-points-{name}.log")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    # A shell without job control starts what is in the background deaf to Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run_plain_command(Serve, serve, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
