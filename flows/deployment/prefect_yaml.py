"""The deployments in prefect.yaml, to compare with those on the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from flows.deployment.workplace import WORK_POOL, enter_project

FILE = Path(enter_project()["directory"]) / "prefect.yaml"


class PlannedDeployment(NamedTuple):
    """A deployment in prefect.yaml.

    Attributes:
        name: FLOW/DEPLOYMENT, as Prefect shows it.
        version: the version of the deployment.
        work_pool: the name of the work pool.
        source: the parameter `source` of its runs.
        is_scheduled: whether it has a schedule.
        triggers: the names of its triggers.
    """

    name: str
    version: str | None
    work_pool: str
    source: str
    is_scheduled: bool
    triggers: list[str]


def read_deployments(file: Path = FILE) -> list[PlannedDeployment]:
    """Read the deployments; return none if the installed project has no prefect.yaml."""
    if not file.exists():
        return []
    return [_read(entry) for entry in yaml.safe_load(file.read_bytes())["deployments"]]


def _read(entry: dict[str, Any]) -> PlannedDeployment:
    flow = entry["entrypoint"].rpartition(":")[2].replace("_", "-")
    return PlannedDeployment(
        name=f"{flow}/{entry['name']}",
        version=entry.get("version"),
        work_pool=entry.get("work_pool", {}).get("name", WORK_POOL),
        source=entry.get("parameters", {}).get("source", "demo"),
        is_scheduled=bool(entry.get("schedules")),
        # Prefect gives a trigger without a name this one.
        triggers=[
            trigger.get("name") or f"{entry['name']}__automation_{number}"
            for number, trigger in enumerate(entry.get("triggers") or [], start=1)
        ],
    )
