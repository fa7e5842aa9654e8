"""Runs tests in forked processes, which find imported already what a change cannot reach.

Importing takes seconds, and a test of a mutant tenths of one. The changed module and all that
import it, be it inside a function, are imported anew by each process. TensorFlow, whose threads no
fork survives, is never imported before.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

Result = TypeVar("Result")

UNFORKABLE = ("tensorflow", "keras")
NEVER_BEFORE = ("tests", "conftest", "__main__", *UNFORKABLE)
MEMORY_BYTES_MAX = 8 * 1024**3
PASSED = (0, 5)
"""What pytest ends with: all tests passed, or there is none."""
FORK = multiprocessing.get_context("fork")


class Ended(NamedTuple):
    """What became of tests.

    Attributes:
        change: number of the change that was made before.
        passed: whether all passed in time.
        said: the output.
        modules: that may be imported before, in the order in which they were imported.
    """

    change: int
    passed: bool
    said: str
    modules: list[str]


def run_tests(
    tests: Sequence[str],
    changes: Sequence[Callable[[], None]],
    seconds_max: float = float("inf"),
    processes: int = 1,
) -> Iterator[Ended]:
    """Run tests once after each change, several at a time; tell what became of them as they end."""
    waiting = list(enumerate(changes))[::-1]
    running: dict[Any, tuple[int, Any, Path, float]] = {}
    while waiting or running:
        while waiting and len(running) < processes:
            number, change = waiting.pop()
            folder = Path(tempfile.mkdtemp(prefix="mutant-"))
            process = FORK.Process(target=_run_tests, args=(change, tests, folder))
            process.start()
            running[process.sentinel] = number, process, folder, time.monotonic() + seconds_max
        wait(list(running), timeout=1)
        for sentinel, (number, process, folder, deadline) in list(running.items()):
            if not process.is_alive() or time.monotonic() > deadline:
                del running[sentinel]
                # With all that it started.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.join()
                said, modules = (folder / name for name in ("output.txt", "modules.txt"))
                imported = modules.read_text().split() if modules.exists() else []
                yield Ended(number, process.exitcode in PASSED, said.read_text(), imported)
                shutil.rmtree(folder, ignore_errors=True)


def _run_tests(change: Callable[[], None], tests: Sequence[str], folder: Path) -> None:
    """Run the tests in this process, whose temporary files all lie in a folder of its own."""
    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder)
    sys.stdout = sys.stderr = (folder / "output.txt").open("w")
    os.dup2(sys.stdout.fileno(), 1)
    os.dup2(sys.stdout.fileno(), 2)
    change()
    import pytest

    words = ["-x", "-q", "-m", "not slow", "--assert=plain", "--hypothesis-seed=0"]
    words += ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov"]
    code = int(pytest.main([*words, *tests]))
    found = [name for name in sys.modules if name.partition(".")[0] not in NEVER_BEFORE]
    (folder / "modules.txt").write_text("\n".join(found))
    sys.stdout.flush()
    # Threads of what was tested are not waited for.
    os._exit(code)


def import_before(modules: Sequence[str], anew: set[str]) -> None:
    """Import modules for all processes that are forked from now on.

    Args:
        modules: names, in the order of the imports.
        anew: first parts of names, or names, that are left out.
    """
    # Nor is what imports them, as an import of None fails.
    sys.modules.update(dict.fromkeys(UNFORKABLE))
    for name in modules:
        if not anew & {name, name.partition(".")[0]}:
            # What others make up while they are imported cannot be imported by its name.
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    for name in UNFORKABLE:
        del sys.modules[name]
    # The collector would copy what is shared.
    gc.collect()
    gc.freeze()


def in_a_fork(function: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function in a process of its own, which takes its imports and threads along."""
    here, there = FORK.Pipe(duplex=False)
    process = FORK.Process(target=lambda: there.send(function(*arguments)))
    process.start()
    there.close()
    result: Result = here.recv()
    process.join()
    return result
