"""Commands in processes of their own, forked from a process that has imported the libraries.

To import TensorFlow, Prefect and Great Expectations takes longer than the work of most tests. Only
libraries are imported before the fork: each command imports the project's code from its folder.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping
from pathlib import Path

_LIBRARIES = (
    *("tensorflow", "keras", "great_expectations", "open_data_contract_standard.model", "grimp"),
    *("prefect.flows", "prefect.flow_engine", "prefect.task_engine", "prefect.artifacts"),
    *("prefect.utilities.visualization", "fastapi", "pandas.io.formats.format"),
    *("pyarrow.acero", "pyarrow.csv", "pyarrow.dataset", "pyarrow.parquet", "scipy.stats"),
    *("sklearn.linear_model", "sklearn.feature_extraction.text", "matplotlib.figure"),
    *("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    *("prefect.cli", "prefect.cli.deployment", "prefect.cli.deploy", "prefect.cli.work_pool"),
)

_PROJECT = ("flows", "tasks", "data_contracts")

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([*_LIBRARIES, __name__])


class Forked:
    """A command in a process of its own, with the methods of Popen that the tests call."""

    def __init__(
        self,
        module: str,
        words: list[str],
        root: Path,
        environment: Mapping[str, str],
        start_new_session: bool = False,
    ) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="forked-"))
        weakref.finalize(self, shutil.rmtree, self._folder)
        arguments = (module, words, root, dict(environment), self._folder, start_new_session)
        self._process = _processes.Process(target=_run, args=arguments, daemon=True)
        self._process.start()
        assert self._process.pid
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return self._process.exitcode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end, and return what the command wrote to stdout and stderr."""
        self.wait(timeout)
        return self._read("stdout"), self._read("stderr")

    def wait_for_line(self, pattern: str) -> None:
        """Wait until a line of stderr matches.

        Raises:
            AssertionError: The command ended without such a line.
        """
        ended = False
        while not re.search(pattern, self._read("stderr"), re.MULTILINE):
            assert not ended, f"no line like {pattern!r} in:\n{self.output}"
            ended = self.poll() is not None
            time.sleep(0.02)

    @property
    def output(self) -> str:
        """What the command has written to stdout and stderr so far."""
        return self._read("stdout") + self._read("stderr")

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text() if path.exists() else ""

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(
    module: str,
    words: list[str],
    root: Path,
    environment: dict[str, str],
    output: Path,
    start_new_session: bool,
) -> None:
    """Become the command `python -m module words`, started in the folder `root`."""
    if start_new_session:
        os.setsid()
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(output / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND), descriptor)
    os.chdir(root)
    os.environ.clear()
    os.environ.update(environment)
    for name in [name for name in sys.modules if name.split(".")[0] in _PROJECT]:
        # multiprocessing has imported the main module of the parent process, and with it the code.
        del sys.modules[name]
    sys.path[:0] = [str(root), *environment.get("PYTHONPATH", "").split(os.pathsep)]
    sys.argv = [module, *words]
    from prefect.context import refresh_global_settings_context

    refresh_global_settings_context()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        # multiprocessing leaves these functions out.
        atexit._run_exitfuncs()
