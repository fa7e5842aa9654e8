"""Calls in processes of their own, on all cores of this machine.

The processes import the same code as the run, and end with it, also if it is killed.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from tasks.configuration.errors import TransientError
from tasks.engine.interrupts import check_interrupt
from tasks.engine.own_code import export_pins

Called = TypeVar("Called")
Returned = TypeVar("Returned")
SECONDS_BETWEEN_CHECKS = 1.0
"""Of whether the run is still there."""


def count_cores() -> int:
    """Return how many cores this process may use, also within a container."""
    from joblib import cpu_count

    return int(cpu_count())


def run_in_processes(
    function: Callable[[Called], Returned], calls: Sequence[Called], cores: int
) -> Iterator[Returned]:
    """Yield what a function returns for each call, in order.

    If one fails or the run is interrupted, the others that have begun go on to their end.

    Args:
        function: of a module, by which the processes find it.
        calls: its arguments.
        cores: most processes at a time.

    Raises:
        TransientError: a process was ended from outside.
        Exception: that of the function; of several, the first one in order.
    """
    # A process that is forked would inherit the locks of threads that it does not have.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(cores, len(calls)), context, _begin, (os.getpid(),)) as pool:
        with _exporting(export_pins()):
            # This starts the processes.
            started = [pool.submit(function, call) for call in calls]
        try:
            for future in started:
                yield _wait(future)
        except BrokenProcessPool as error:
            raise TransientError(
                "a process of this run was ended, perhaps because the memory was full; set the"
                f" variable LOKY_MAX_CPU_COUNT to less than {cores} to start fewer"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _wait(future: Future[Returned]) -> Returned:
    while True:
        check_interrupt()
        if wait([future], SECONDS_BETWEEN_CHECKS).done:
            return future.result()


@contextlib.contextmanager
def _exporting(variables: dict[str, str]) -> Iterator[None]:
    """Pass environment variables to the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _begin(run: int) -> None:
    """Leave Ctrl-C to the run, and end with it; `run` is its process id."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(run,), daemon=True).start()


def _end_with(run: int) -> None:
    while os.getppid() == run:
        time.sleep(SECONDS_BETWEEN_CHECKS)
    os._exit(1)
