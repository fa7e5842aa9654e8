"""Serve the deployments on this machine: a server, a work pool, the deployments and a worker.

The parts are Prefect's own commands; this module starts them in order, waits until each is ready,
and ends all of them. If PREFECT_API_URL is set, in the environment or in Prefect's profile, the
command uses that server and does not end it.
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

from flows.deploy import PREFECT, RESET_HELP, deploy
from flows.deployment.processes import RECORD, Processes
from flows.deployment.workplace import WORK_POOL, find_foreign_package
from flows.output import print_text
from flows.plain_command import PlainCommand, run_plain_command
from flows.prefect_server import read_server_version
from flows.temporary_server import ADVICE, find_cause
from tasks.configuration.errors import ServerError

START_SECONDS_MAX = 120


STORE_HELP = "store of the runs that set no store. If unset: WINE_POINTS_STORE, else `store`"


class Serve(PlainCommand):
    """Run a Prefect server, a worker and the deployments on this machine, until Ctrl-C."""

    store: str = Field(default="store", description=STORE_HELP)
    port: int = Field(default=4200, ge=1, le=65535, description="port of the server's API and UI")
    reset: bool = Field(default=False, description=RESET_HELP)


def serve(options: Serve) -> str:
    """Start everything, wait for Ctrl-C or SIGTERM, and stop everything.

    Raises:
        ServerError: another `wine-points serve` runs, or the server or the worker did not start or
            ended.
    """
    if message := find_foreign_package():
        raise ServerError(message)
    processes = Processes(PREFECT_HOME.value() / RECORD)
    if processes.running():
        raise ServerError("`wine-points serve` runs already; `wine-points stop` stops it")
    processes.add(os.getpid())
    os.environ["WINE_POINTS_STORE"] = options.store
    try:
        _keep_serving(options, processes, PREFECT_API_URL.value())
    except KeyboardInterrupt:
        return "stopped"
    finally:
        processes.stop()


def _keep_serving(options: Serve, processes: Processes, url: str | None) -> NoReturn:
    """Start the server and the worker, and replace each of them when it is killed.

    Raises:
        ServerError: the server or the worker did not start, or ended by itself.
    """
    server = None if url else _start_server(processes, options.port)
    url = url or os.environ["PREFECT_API_URL"]
    with temporary_settings({PREFECT_API_URL: url}):
        print_text(deploy(options.reset))
    worker = _start_worker(processes)
    while True:
        time.sleep(1)
        if server and server.poll() is not None:
            _report_kill("server", server)
            server = _start_server(processes, options.port)
            # A worker may end by itself while there is no server.
            if worker.poll() is not None:
                worker = _start_worker(processes)
        elif worker.poll() is not None:
            _report_kill("worker", worker)
            if server is None:
                read_server_version(url)
            worker = _start_worker(processes)


def _start_server(processes: Processes, port: int) -> Popen[bytes]:
    """Start a server, and wait until it answers."""
    url, log = f"http://127.0.0.1:{port}", _log_file("server")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ServerError(
                f"port {port} is in use: choose another --port, or set PREFECT_API_URL={url}/api to"
                " use the Prefect server there"
            )
    os.environ |= {"PREFECT_API_URL": f"{url}/api", "PREFECT_UI_URL": url}
    command = [*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = processes.start(command, log)
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        has_ended = server.poll() is not None
        try:
            read_server_version(f"{url}/api")
            break
        except ServerError as error:
            if has_ended or time.monotonic() > deadline:
                cause = f"no answer within {START_SECONDS_MAX} s"
                if has_ended:
                    cause = find_cause(log.read_text(errors="replace"))
                raise ServerError(
                    f"the server did not start: {cause}; {ADVICE} (PREFECT_HOME is"
                    f" {PREFECT_HOME.value()}); see {log}"
                ) from error
            time.sleep(0.2)
    print_text(f"server and UI at {url} (log: {log})")
    return server


def _start_worker(processes: Processes) -> Popen[bytes]:
    log = _log_file("worker")
    worker = processes.start([*PREFECT, "worker", "start", "--pool", WORK_POOL], log)
    print_text(f"a worker waits for runs (log: {log}); Ctrl-C stops everything")
    return worker


def _report_kill(name: str, process: Popen[bytes]) -> None:
    """Print that a process was killed.

    Raises:
        ServerError: it ended by itself.
    """
    code = process.returncode
    if code >= 0:
        raise ServerError(f"the {name} ended with exit code {code}; see {_log_file(name)}")
    print_text(f"the {name} was killed ({signal.Signals(-code).name}); starting a new one")


def _log_file(name: str) -> Path:
    return Path(PREFECT_HOME.value(), f"wine-points-{name}.log")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    # A shell without job control starts background processes that ignore SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run_plain_command(Serve, serve, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
