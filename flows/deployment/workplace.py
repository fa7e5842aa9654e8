"""The folder and the packages that the deployments run with."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path

from flows.environment import make_child_environment
from tasks.engine.own_code import PACKAGES

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

    A worker runs in another folder, so the search skips the first entry of `sys.path`.
    """
    project = Path(enter_project()["directory"])
    search_path = [entry for entry in sys.path[1:] if entry]
    for name in PACKAGES:
        spec = PathFinder.find_spec(name, search_path)
        if spec is None:
            continue
        # The other project may have a module of this name instead of a package.
        for path in map(Path, spec.submodule_search_locations or [spec.origin or ""]):
            if path.resolve() != project / name:
                return (
                    f"a worker would import the package {name} from {path.parent}, not from"
                    f" {project}: remove {path.parent} from PYTHONPATH, or uninstall the package"
                )
    return ""
