"""Where the deployments run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from flows.environment import environment_of_a_child
from tasks.engine.own_code import PACKAGES

WORK_POOL = "wine-points"


def enter_project() -> dict[str, str]:
    """Name the project's folder on the machine that asks: the pull step of prefect.yaml.

    The worker's Python knows where its own copy of the project lies, so that no path of the machine
    that deployed is kept on the server. The folder becomes the working directory, against which a
    relative store is read, as for the commands.

    Returns:
        `directory`, which Prefect changes to.
    """
    return {"directory": str(Path(__file__).resolve().parents[2])}


def call_in_project(
    command: Sequence[str], seconds_max: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder to its end, and keep what it says.

    Raises:
        subprocess.TimeoutExpired: it took longer than `seconds_max`, and was killed.
    """
    return subprocess.run(
        command,
        cwd=enter_project()["directory"],
        env=environment_of_a_child(),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=seconds_max,
    )


def find_foreign_package() -> str:
    """Say which package of another project a worker would import in place of this one's.

    A worker runs in another folder: what counts is the rest of the path, such as PYTHONPATH.

    Returns:
        What is wrong and what to do; empty where nothing is.
    """
    project = Path(enter_project()["directory"])
    elsewhere = [entry for entry in sys.path[1:] if entry]
    for name in PACKAGES:
        found = PathFinder.find_spec(name, elsewhere)
        if found is None:
            continue
        # One file is no package, and found as well.
        for place in map(Path, found.submodule_search_locations or [found.origin or ""]):
            if place.resolve() != project / name:
                return (
                    f"a worker would import the package {name} from {place.parent}, not from"
                    f" {project}: take {place.parent} off PYTHONPATH, or uninstall it"
                )
    return ""
