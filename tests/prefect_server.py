"""A real Prefect server in a process of its own, for as long as the tests need it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

START_SECONDS_MAX = 180
DATABASE = "prefect.db"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def create_database(home: Path) -> None:
    """Make a PREFECT_HOME with an empty database."""
    home.mkdir()
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
    environment = os.environ | {"PREFECT_HOME": str(home)}
    subprocess.run(command, env=environment, check=True, capture_output=True)


class PrefectServer:
    """A server with its database in `home`, which can be stopped and started again.

    Attributes:
        url: of its API, the same after each start.
    """

    def __init__(self, home: Path) -> None:
        self._home, self._port = home, free_port()
        self.url = f"http://127.0.0.1:{self._port}/api"
        self.start()

    def start(self) -> None:
        environment = os.environ | {
            "PREFECT_HOME": str(self._home),
            "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        }
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
        with (self._home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self._port)],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_healthy(self.url, self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def running_server(home: Path) -> Iterator[PrefectServer]:
    """Start a server, and stop it at the end."""
    server = PrefectServer(home)
    try:
        yield server
    finally:
        server.stop()


def wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the Prefect server ended with {process.returncode}")
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health").is_success:
                return
        time.sleep(0.2)
    raise RuntimeError(f"the Prefect server did not start within {START_SECONDS_MAX} s")
