"""`make serve` and `make stop` as processes of their own, with a PREFECT_HOME of their own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from flows.deployment.processes import RECORD, read_start_time
from tests.commands import ROOT
from tests.prefect_server import free_port, running_server
from tests.served_deployments import PREFECT, wait_for

pytestmark = pytest.mark.slow

SERVE = (sys.executable, "-m", "flows.serve")
STOP = (sys.executable, "-m", "flows.stop")


class Serving:
    """`python -m flows.serve` in the background."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        ours = {"PREFECT_HOME": str(home), "PYTHONPATH": str(ROOT)}
        unset = {"PREFECT_API_URL", "WINE_POINTS_STORE"}
        self.environment = {k: v for k, v in os.environ.items() if k not in unset} | ours
        self.output = home / "output.log"

    def start(self) -> subprocess.Popen[bytes]:
        command = [*SERVE, f"--port={self.port}", f"--store={self.home / 'store'}"]
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        wait_for(lambda: "a worker waits" in self.output.read_text() or process.poll() is not None)
        return process

    def call(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=ROOT,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def noted(self) -> list[int]:
        record = self.home / RECORD
        return [pid for pid, _ in json.loads(record.read_bytes())] if record.exists() else []


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    found = Serving(tmp_path)
    yield found
    found.call(*STOP)


def test_what_is_served_runs_and_is_taken_down_by_the_other_command(serving: Serving) -> None:
    process = serving.start()
    assert process.poll() is None, serving.output.read_text()
    pids = serving.noted()
    assert len(pids) == 3
    url = f"http://127.0.0.1:{serving.port}/api"
    run = ["deployment", "run", "data-quality/daily", "--param", "source=demo", "--watch"]
    ran = serving.call(*PREFECT, *run, PREFECT_API_URL=url)
    assert "'Accepted'" in ran.stdout
    assert (serving.home / "store" / "accepted").exists()
    again = serving.call(*SERVE)
    assert (again.returncode, "runs already" in again.stdout) == (1, True)
    stopped = serving.call(*STOP)
    assert (stopped.returncode, stopped.stdout) == (0, "stopped\n")
    assert process.wait(30) == 0
    assert [pid for pid in pids if read_start_time(pid)] == []
    assert serving.noted() == []


def test_what_a_killed_one_left_running_is_taken_down(serving: Serving) -> None:
    process = serving.start()
    pids = serving.noted()
    process.kill()
    process.wait()
    assert len([pid for pid in pids if read_start_time(pid)]) == 2
    stopped = [serving.call(*STOP) for _ in range(2)]
    assert [s.returncode for s in stopped] == [0, 0]
    assert [s.stdout for s in stopped] == ["stopped\n", "nothing to stop\n"]
    assert [pid for pid in pids if read_start_time(pid)] == []


def test_a_worker_or_a_server_that_was_killed_is_replaced_and_told(serving: Serving) -> None:
    process = serving.start()
    _, server, worker = serving.noted()
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: len(serving.noted()) == 4)
    assert [bool(read_start_time(pid)) for pid in serving.noted()] == [True, True, False, True]
    assert "the worker was killed (SIGKILL)" in serving.output.read_text()
    os.kill(server, signal.SIGKILL)
    wait_for(lambda: serving.output.read_text().count("server and UI at") == 2)
    assert "the server was killed (SIGKILL)" in serving.output.read_text()
    assert httpx.get(f"http://127.0.0.1:{serving.port}/api/health").is_success
    pids = serving.noted()
    assert len(pids) >= 5
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert [pid for pid in pids if read_start_time(pid)] == []


def test_a_worker_is_not_replaced_on_a_server_that_is_gone(
    serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with running_server(tmp_path_factory.mktemp("server")) as server:
        serving.environment["PREFECT_API_URL"] = server.url
        process = serving.start()
        _, worker = serving.noted()
        server.stop()
        os.kill(worker, signal.SIGKILL)
        assert process.wait(60) == 1
    assert "does not answer" in serving.output.read_text()


def test_ctrl_c_takes_everything_down(serving: Serving) -> None:
    process = serving.start()
    pids = serving.noted()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert "stopped" in serving.output.read_text()
    assert [pid for pid in pids if read_start_time(pid)] == []


def test_a_port_that_is_taken_is_told(serving: Serving) -> None:
    with socket.create_server(("127.0.0.1", serving.port)):
        process = serving.start()
    assert process.poll() == 1
    assert f"port {serving.port} is in use" in serving.output.read_text()
    assert serving.noted() == []


def test_a_server_that_is_set_and_does_not_answer_is_told(serving: Serving) -> None:
    url = f"http://127.0.0.1:{serving.port}/api"
    ended = serving.call(*SERVE, PREFECT_API_URL=url)
    assert (ended.returncode, f"{url} does not answer" in ended.stdout) == (1, True)
