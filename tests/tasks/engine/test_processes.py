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
from typing import Any

import pytest

from data_contracts.contract import load_contract
from tasks.configuration.errors import SourceError, TransientError
from tasks.configuration.parameters import IngestParameters
from tasks.engine import interrupts, own_code, units
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


Calls = dict[str, tuple[Any, ...]]


@pytest.fixture
def calls(store: Store) -> Calls:
    """The reading of four files."""
    header, *lines = demo_csv(400, 0).splitlines(keepends=True)
    parts = {f"{n}.csv": b"".join([header, *lines[n::4]]) for n in range(4)}
    source = fetch_files(store, parts)
    files = FileList.read(store, source).open(store, source)
    return {name: (file, load_contract(), IngestParameters()) for name, file in files.items()}


@pytest.fixture
def _much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take these files for much to do, on a machine with two cores."""
    monkeypatch.setattr(units, "PROCESSES_INPUT_BYTES_MIN", 0)
    monkeypatch.setattr(units, "count_cores", lambda: 2)


def make_workspace(store: Store, name: str) -> Workspace:
    return Workspace(store.objects, store.root / name, "the source")


def test_few_units_stay_in_the_run(
    store: Store, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "count_cores", lambda: 2)
    monkeypatch.setattr(units, "run_in_processes", None)
    assert [*run_units(make_workspace(store, "work"), read_file, calls)] == [*calls]


@pytest.mark.usefixtures("_much")
def test_one_unit_stays_in_the_run(
    store: Store, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "run_in_processes", None)
    one = {"0.csv": calls["0.csv"]}
    assert [*run_units(make_workspace(store, "work"), read_file, one)] == ["0.csv"]


@pytest.mark.usefixtures("_much")
def test_units_are_the_same_as_in_the_run(
    store: Store, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, again = make_workspace(store, "here"), make_workspace(store, "there")
    with monkeypatch.context() as alone:
        alone.setattr(units, "count_cores", lambda: 1)
        here = run_units(workspace, read_file, calls)
    monkeypatch.setattr(units, "_find_or_make", None)
    again.refreshing = True
    there = run_units(again, read_file, calls)
    assert [*there] == [*calls]
    assert [made.digest for made in there.values()] == [made.digest for made in here.values()]
    assert [made.attempt for made in there.values()] != [made.attempt for made in here.values()]
    assert [*again.units] == [*workspace.units] == [made.path for made in here.values()]


@pytest.mark.usefixtures("_much")
def test_what_is_stored_is_found_and_the_rest_is_made(
    store: Store, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = {name: calls[name] for name in [*calls][1::2]}
    before = run_units(make_workspace(store, "half"), read_file, half)
    monkeypatch.setattr(units, "_find_or_make", None)
    made = run_units(make_workspace(store, "all"), read_file, calls)
    assert [*made] == [*calls]
    assert {name: made[name].attempt for name in half} == {n: m.attempt for n, m in before.items()}
    assert len({output.path for output in made.values()}) == 4


@pytest.mark.usefixtures("_much")
@pytest.mark.parametrize("is_gone", [False, True])
def test_units_stay_in_the_run_if_its_code_changed_since(
    is_gone: bool, store: Store, calls: Calls, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = tmp_path / "module.py"
    module.write_text("before = 1")
    monkeypatch.setattr(own_code, "_pinned", {**own_code._pinned})
    own_code.pin(module)
    module.unlink() if is_gone else module.write_text("after = 2")
    monkeypatch.setattr(units, "run_in_processes", None)
    assert [*run_units(make_workspace(store, "work"), read_file, calls)] == [*calls]
