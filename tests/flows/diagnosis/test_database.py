from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from flows.diagnosis.database import check_orphans

WORDS = {
    "prefect": ["-m", "uvicorn", "--factory", "prefect.server.api.server:create_app", "--lifespan"],
    "ours": ["-m", "flows.temporary_server"],
    "background": ["-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"],
}
STARTS = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdout=2).pid)"


def pretend(name: str) -> list[str]:
    """Return the words of a process that is called like a server, and only waits."""
    last = ["on"] if "--lifespan" in WORDS[name] else []
    return [sys.executable, "-c", "import time; time.sleep(60)", *WORDS[name], *last]


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
@pytest.mark.parametrize(
    ("name", "is_told"), [("prefect", True), ("ours", True), ("background", False)]
)
def test_a_temporary_server_whose_command_is_gone_is_told(name: str, is_told: bool) -> None:
    started = subprocess.run(
        [sys.executable, "-c", STARTS, *pretend(name)], stdout=subprocess.PIPE, text=True
    )
    pid = int(started.stdout)
    try:
        found = check_orphans()
    finally:
        os.kill(pid, signal.SIGKILL)
    assert (str(pid) in found.found.replace(",", "").split()) == is_told
    assert (f" {pid}" in found.advice) == is_told


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc")
def test_a_temporary_server_whose_command_runs_is_left_alone() -> None:
    with subprocess.Popen(pretend("prefect")) as server:
        found = check_orphans()
        server.kill()
    assert str(server.pid) not in found.found
