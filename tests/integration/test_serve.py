"""`make serve` and `make stop` as processes of their own, with a PREFECT_HOME of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from flows.deployment.processes import RECORD, read_start_time
from tests.commands import ROOT
from tests.forked import Forked
from tests.prefect_server import free_port, running_server
from tests.served_deployments import wait_for

pytestmark = pytest.mark.slow


class Ended(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    output: str


class Serving:
    """`python -m flows.serve` in the background."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        ours = {"PREFECT_HOME": str(home), "PYTHONPATH": str(ROOT)}
        unset = {"PREFECT_API_URL", "WINE_POINTS_STORE"}
        self.environment = {k: v for k, v in os.environ.items() if k not in unset} | ours

    def start(self) -> Forked:
        words = [f"--port={self.port}", f"--store={self.home / 'store'}"]
        process = Forked("flows.serve", words, ROOT, self.environment)
        wait_for(lambda: "a worker waits" in process.output or process.poll() is not None)
        return process

    def call(self, module: str, *words: str, **environment: str) -> Ended:
        process = Forked(module, list(words), ROOT, self.environment | environment)
        process.communicate()
        return Ended(process.wait(), process.output)

    def noted(self) -> list[int]:
        record = self.home / RECORD
        return [pid for pid, _ in json.loads(record.read_bytes())] if record.exists() else []


@pytest.fixture
def serving(prefect_home: Path) -> Iterator[Serving]:
    found = Serving(prefect_home)
    yield found
    found.call("flows.stop")


def test_what_is_served_runs_and_is_taken_down_by_the_other_command(serving: Serving) -> None:
    process = serving.start()
    assert process.poll() is None, process.output
    pids = serving.noted()
    assert len(pids) == 3
    url = f"http://127.0.0.1:{serving.port}/api"
    run = ["deployment", "run", "data-quality/daily", "--param", "source=demo", "--watch"]
    ran = serving.call("prefect", *run, PREFECT_API_URL=url)
    assert "'Accepted'" in ran.output
    assert (serving.home / "store" / "accepted").exists()
    again = serving.call("flows.serve")
    assert (again.code, "runs already" in again.output) == (1, True)
    stopped = serving.call("flows.stop")
    assert stopped == (0, "stopped\n")
    assert process.wait(30) == 0
    assert [pid for pid in pids if read_start_time(pid)] == []
    assert serving.noted() == []


def test_what_a_killed_one_left_running_is_taken_down(serving: Serving) -> None:
    process = serving.start()
    pids = serving.noted()
    process.kill()
    process.wait()
    assert len([pid for pid in pids if read_start_time(pid)]) == 2
    stopped = [serving.call("flows.stop") for _ in range(2)]
    assert stopped == [(0, "stopped\n"), (0, "nothing to stop\n")]
    assert [pid for pid in pids if read_start_time(pid)] == []


def test_what_is_killed_is_replaced_and_ctrl_c_takes_everything_down(serving: Serving) -> None:
    process = serving.start()
    _, server, worker = serving.noted()
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: len(serving.noted()) == 4)
    assert [bool(read_start_time(pid)) for pid in serving.noted()] == [True, True, False, True]
    assert "the worker was killed (SIGKILL)" in process.output
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: process.output.count("server and UI at") == 2)
    assert "the server was killed (SIGKILL)" in process.output
    assert httpx.get(f"http://127.0.0.1:{serving.port}/api/health").is_success
    pids = serving.noted()
    assert len(pids) >= 5
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert "stopped" in process.output
    assert [pid for pid in pids if read_start_time(pid)] == []


def test_a_worker_is_not_replaced_on_a_server_that_is_gone(
    serving: Serving, make_prefect_home: Callable[[str], Path]
) -> None:
    with running_server(make_prefect_home("server")) as server:
        serving.environment["PREFECT_API_URL"] = server.url
        process = serving.start()
        _, worker = serving.noted()
        server.stop()
        os.kill(worker, signal.SIGKILL)
        assert process.wait(60) == 1
    assert "does not answer" in process.output


def test_a_port_that_is_taken_is_told(serving: Serving) -> None:
    with socket.create_server(("127.0.0.1", serving.port)):
        process = serving.start()
    assert process.poll() == 1
    assert f"port {serving.port} is in use" in process.output
    assert serving.noted() == []


def test_a_server_that_is_set_and_does_not_answer_is_told(serving: Serving) -> None:
    url = f"http://127.0.0.1:{serving.port}/api"
    ended = serving.call("flows.serve", PREFECT_API_URL=url)
    assert (ended.code, f"{url} does not answer" in ended.output) == (1, True)
