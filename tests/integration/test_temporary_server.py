"""The Prefect server of a command that has none: it starts, or says why, and ends with it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from flows.diagnosis.database import check_database
from tests.commands import FEW, ROOT, Ended, finish, start
from tests.forked import Forked
from tests.served_deployments import wait_for

pytestmark = pytest.mark.slow

WAITING = """
from flows.prefect_server import ensure_server
ensure_server()
print("ready", flush=True)
input()
"""


def start_check(home: Path, store: Path, **changes: str) -> Forked:
    """Start a quality report in an environment that names no Prefect server."""
    words = [f"--store={store}", "--json", *FEW]
    none = {"PREFECT_API_URL": None, "PREFECT_HOME": str(home)}
    return start("flows.data_quality", words, env=none | changes)


def check_data(home: Path, **changes: str) -> Ended:
    return finish(start_check(home, home / "store", **changes))


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "--parent", str(pid)], capture_output=True, text=True)
    return [int(child) for child in found.stdout.split()]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_server_ends_with_the_command(prefect_home: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-c", WAITING]
    environment = os.environ | {"PREFECT_HOME": str(prefect_home)}
    environment.pop("PREFECT_API_URL", None)
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        # A test run under nohup is deaf to SIGHUP, and so would be this.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    ) as process:
        assert process.stdout
        process.stdout.readline()
        (server,) = children_of(process.pid)
        assert runs(server)
        process.send_signal(number)
        process.wait()
    wait_for(lambda: not runs(server))


def test_what_is_stored_is_answered_without_a_server(tmp_path: Path) -> None:
    first = check_data(tmp_path)
    assert first.code == 0, first.errors
    assert (tmp_path / "prefect.db").exists()
    store = tmp_path / "store"
    runs_before = len(list((store / "runs").glob("*.json")))
    second = finish(start_check(tmp_path / "other", store))
    assert second.code == 0, second.errors
    assert not (tmp_path / "other/prefect.db").exists()
    answers = [first.answer, second.answer]
    for answer in answers:
        for changing in ("stages", "seconds"):
            answer.pop(changing)
    assert answers[0] == answers[1]
    assert len(list((store / "runs").glob("*.json"))) == runs_before + 1


def test_a_database_of_a_later_version_is_told_at_once(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "prefect.db") as database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES ('0123456789ab')")
    database.close()
    finding = check_database(tmp_path / "prefect.db")
    assert finding.level == "problem"
    assert "a later version of Prefect" in finding.found
    ended = check_data(tmp_path)
    assert ended.code == 1
    line = ended.answer["error"]
    assert "did not start" in line
    assert "Can't locate revision identified by '0123456789ab'" in line
    assert f"PREFECT_HOME is {tmp_path}" in line
    assert "Traceback" not in ended.errors
    assert len(ended.errors.splitlines()) < 5


def test_a_database_that_is_none_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "prefect.db").write_bytes(b"no database" * 1000)
    assert check_database(tmp_path / "prefect.db").level == "problem"
    ended = check_data(tmp_path)
    assert ended.code == 1
    assert "file is not a database" in ended.answer["error"]
    assert "Traceback" not in ended.errors


def test_this_machine_is_reached_without_the_proxy(prefect_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0.01)
        url = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
        unset = dict.fromkeys(("NO_PROXY", "no_proxy"), "")
        ended = check_data(prefect_home, **dict.fromkeys(names, url), **unset)
        assert ended.code == 0, ended.errors
        with pytest.raises(TimeoutError):
            proxy.accept()
    assert check_database(prefect_home / "prefect.db").level == "ok"


def test_a_command_that_is_killed_while_the_server_imports_leaves_none(tmp_path: Path) -> None:
    # An import without end stands for one that takes seconds.
    (tmp_path / "uvicorn.py").write_text("import threading; threading.Event().wait()")
    ended = subprocess.run(
        [sys.executable, "-m", "flows.temporary_server"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
    )
    assert (ended.returncode, ended.stdout) == (1, b"")
