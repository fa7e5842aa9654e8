"""Calls in processes of their own: the same results, whatever happens to a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_contracts.contract import load_contract
from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.parameters import IngestParameters
from tasks.engine import interrupts, units
from tasks.engine.processes import run_in_processes
from tasks.engine.units import run_units
from tasks.ingest import read_file
from tasks.sources.many_files import FileList
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.data_contracts.damages.damage import demo_csv
from tests.ingested import fetch_files

pytestmark = pytest.mark.heavy


def obey(order: str) -> tuple[str, int]:
    """Do in another process what an order says; return it with the process id."""
    match order.partition(" ")[::2]:
        case "fail", why:
            raise SourceError(why)
        case "write", path:
            Path(path).touch()
        case "await", path:
            while not Path(path).exists():
                time.sleep(0.01)
            Path(f"{path}-{time.monotonic_ns()}").touch()
        case "die", _:
            os.kill(os.getpid(), signal.SIGKILL)
        case "sigint", _:
            os.kill(os.getpid(), signal.SIGINT)
    return order, os.getpid()


def run(*orders: str) -> Iterator[tuple[str, int]]:
    return run_in_processes(obey, orders, cores=2)


def test_outputs_come_in_order_from_other_processes(tmp_path: Path) -> None:
    # The first unit ends after the second, so they run at the same time.
    names = [f"await {tmp_path / 'a'}", f"write {tmp_path / 'a'}", "third"]
    done = [*run(*names)]
    assert [order for order, _ in done] == names
    assert os.getpid() not in {process for _, process in done}


def test_the_first_failure_in_order_is_raised_and_what_has_not_begun_is_left(
    tmp_path: Path,
) -> None:
    go = tmp_path / "go"
    outputs = run("one", "fail the first", "fail the second", *[f"await {go}"] * 50)
    assert next(outputs)[0] == "one"
    # It waits for the units that have begun.
    threading.Timer(1, go.touch).start()
    with pytest.raises(SourceError, match=r"^the first$"):
        next(outputs)
    assert len([*tmp_path.iterdir()]) < 10


def test_a_process_that_is_ended_is_told() -> None:
    with pytest.raises(TransientError, match="a process of this run was ended, perhaps because"):
        [*run("one", "die", "two")]


def test_ctrl_c_is_left_to_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert [order for order, _ in run("sigint")] == ["sigint"]
    outputs = run("one", f"await {tmp_path / 'a'}")
    next(outputs)
    pressed = threading.Event()
    pressed.set()
    monkeypatch.setattr(interrupts, "_interrupted", pressed)
    # The output of a unit that has begun is worth keeping.
    threading.Timer(1, (tmp_path / "a").touch).start()
    with pytest.raises(KeyboardInterrupt):
        next(outputs)
    assert len([*tmp_path.iterdir()]) == 2


def test_processes_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    program = (
        "from tests.tasks.engine.test_processes import run\n"
        "if __name__ == '__main__':\n"
        f"    for _, process in run('one', 'await {tmp_path / 'never'}'):\n"
        "        print(process, flush=True)\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    ) as run_of_units:
        assert run_of_units.stdout
        assert run_of_units.stdout.readline()
        run_of_units.kill()
        # The processes hold the pipe open until they end.
        assert run_of_units.stdout.read() == ""


def test_real_units_are_the_same_as_in_this_process(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = demo_csv(400, 0)
    header, *lines = rows.splitlines(keepends=True)
    parts = {f"{n}.csv": b"".join([header, *lines[n::4]]) for n in range(4)}
    source = fetch_files(store, parts)
    files = FileList.read(store, source).open(store, source)
    calls = {name: (file, load_contract(), IngestParameters()) for name, file in files.items()}
    workspace = Workspace(store.objects, tmp_path / "here", "the source")
    here = run_units(workspace, read_file, calls)
    monkeypatch.setattr(units, "WORTH_PROCESSES_BYTES", 0)
    monkeypatch.setattr(units, "count_cores", lambda: 2)
    monkeypatch.setattr(units, "_find_or_make", None)
    again = Workspace(store.objects, tmp_path / "there", "the source")
    again.refreshing = True
    there = run_units(again, read_file, calls)
    assert [*there] == [*calls]
    assert [made.digest for made in there.values()] == [made.digest for made in here.values()]
    assert [made.attempt for made in there.values()] != [made.attempt for made in here.values()]
    assert [*again.units] == [*workspace.units] == [made.path for made in here.values()]
