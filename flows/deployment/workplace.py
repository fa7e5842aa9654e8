"""Where the deployments run."""

from __future__ import annotations

from pathlib import Path

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
