"""Put the work pool, the deployments and the automations onto the server of PREFECT_API_URL.

The switches that a person set on the server stay: a paused deployment, its schedules, a disabled
trigger or automation. `--reset` applies those of prefect.yaml and automations.yaml.
"""

from __future__ import annotations

import sys
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_HOME
from pydantic import Field

from flows.deployment.automations import apply_automations
from flows.deployment.prefect_yaml import read_deployments
from flows.deployment.switches import clear_schedules, keep_switches
from flows.deployment.workplace import WORK_POOL, run_in_project
from flows.plain_command import PlainCommand, run_plain_command
from flows.prefect_server import read_server_version
from tasks.configuration.errors import ServerError
from tasks.storage.locks import hold_lock

PREFECT = (sys.executable, "-m", "prefect", "--no-prompt")
RESET_HELP = "undo what was paused, disabled or rescheduled on the server"


class Deploy(PlainCommand):
    """Create or update the deployments and automations on the server of PREFECT_API_URL."""

    reset: bool = Field(default=False, description=RESET_HELP)


def deploy(reset: bool) -> str:
    """Deploy everything; return lines about what is on the server and which switches stayed.

    Args:
        reset: apply the switches of prefect.yaml and automations.yaml.

    Raises:
        ServerError: PREFECT_API_URL is not set, the server does not answer, or a command of
            Prefect failed.
    """
    url = PREFECT_API_URL.value()
    if not url:
        raise ServerError("there is no Prefect server: set PREFECT_API_URL")
    read_server_version(str(url))
    home, plans = Path(PREFECT_HOME.value()), read_deployments()
    backup = home / "wine-points-kept-switches.json"
    with hold_lock(home / "wine-points-deploy.lock"), get_client(sync_client=True) as client:
        if reset:
            backup.unlink(missing_ok=True)
            clear_schedules(client, [plan.name for plan in plans])
        lines = _create_pool(client)
        with keep_switches(client, [] if reset else plans, backup) as kept:
            _call_prefect("deploy", "--all")
        lines.append("the deployments of prefect.yaml are on the server")
        automations = apply_automations(client, reset=reset)
    lines += [f"automation created: {name}" for name in automations.created]
    lines += [f"automation on the server: {name}" for name in automations.updated]
    lines += [f"automation left out: {name}" for name in automations.waiting]
    kept += [f"automation still disabled: {name}" for name in automations.disabled]
    if automations.waiting:
        lines.append("create the block in the UI under Blocks, and run `wine-points deploy` again")
    if kept:
        kept.append("`wine-points deploy --reset` undoes what a person switched on the server")
    return "\n".join([*lines, *kept])


def _create_pool(client: SyncPrefectClient) -> list[str]:
    try:
        client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        _call_prefect("work-pool", "create", WORK_POOL, "--type", "process")
        return [f"created the work pool {WORK_POOL}"]
    return []


def _call_prefect(*words: str) -> None:
    """Run a command of Prefect in the project's folder."""
    process = run_in_project([*PREFECT, *words])
    if process.returncode:
        message = (process.stderr or process.stdout).strip()
        if "Traceback" in message:
            message = message.splitlines()[-1]
        raise ServerError(f"prefect {' '.join(words)}: {message}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Deploy, lambda options: deploy(options.reset), arguments)


if __name__ == "__main__":
    raise SystemExit(main())
