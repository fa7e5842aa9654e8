"""What prefect.yaml says of the deployments, as far as the server can be compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from flows.deployment.workplace import WORK_POOL, enter_project

FILE = Path(enter_project()["directory"]) / "prefect.yaml"


class Planned(NamedTuple):
    """A deployment as the file has it.

    Attributes:
        name: as Prefect shows it, FLOW/DEPLOYMENT.
        version: of the deployment.
        work_pool: that it waits for.
        source: of its runs.
        is_scheduled: whether it has a schedule.
    """

    name: str
    version: str | None
    work_pool: str
    source: str
    is_scheduled: bool


def read_deployments(file: Path = FILE) -> list[Planned]:
    """Read the deployments; none where the project was installed without the file."""
    if not file.exists():
        return []
    return [_read(entry) for entry in yaml.safe_load(file.read_bytes())["deployments"]]


def _read(entry: dict[str, Any]) -> Planned:
    flow = entry["entrypoint"].rpartition(":")[2].replace("_", "-")
    return Planned(
        name=f"{flow}/{entry['name']}",
        version=entry.get("version"),
        work_pool=entry.get("work_pool", {}).get("name", WORK_POOL),
        source=entry.get("parameters", {}).get("source", "demo"),
        is_scheduled=bool(entry.get("schedules")),
    )
