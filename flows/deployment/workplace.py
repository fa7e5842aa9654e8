"""The folder and the packages that the deployments run with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from flows import entry_point
from flows.environment import make_child_environment

WORK_POOL = "wine-points"


def enter_project() -> dict[str, str]:
    """Return the project's folder on this machine: the pull step of prefect.yaml.

    The worker calls this function in its own copy of the project, so the server stores no path of
    the machine that deployed. Prefect makes the folder the working directory of the run; a relative
    store is relative to it, as for the commands.
    """
    return {"directory": str(Path(__file__).resolve().parents[2])}


def run_in_project(
    command: Sequence[str], timeout_seconds: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder and capture its output.

    Raises:
        subprocess.TimeoutExpired: the command took too long, and was killed.
    """
    return subprocess.run(
        command,
        cwd=enter_project()["directory"],
        env=make_child_environment(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=timeout_seconds,
    )


def find_foreign_package() -> str:
    """Return an error message if a worker would import another project's package of the same name.

    A worker runs in another folder, so the search skips the folder that Python put first.
    """
    search_path = sys.path if sys.flags.safe_path else sys.path[1:]
    project = Path(enter_project()["directory"])
    return entry_point.find_foreign_package(project, list(filter(None, search_path)), "a worker")
