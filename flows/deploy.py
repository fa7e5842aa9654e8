"""Put work pool, deployments and automations onto the server of PREFECT_API_URL.

What a person switched there stays: a paused deployment, its schedules, a disabled trigger or
automation. `--reset` puts all as prefect.yaml and automations.yaml say.
"""

from __future__ import annotations

import sys
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_HOME
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from flows.deployment.automations import apply_automations
from flows.deployment.planned import read_deployments
from flows.deployment.switches import clear_schedules, keep_switches
from flows.deployment.workplace import WORK_POOL, call_in_project
from flows.plain_command import PlainCommand, run_plain_command
from flows.prefect_server import ask_server
from tasks.configuration.errors import ServerError
from tasks.storage.locks import hold_lock

PREFECT = (sys.executable, "-m", "prefect", "--no-prompt")


class Deploy(PlainCommand):
    """Put the deployments onto the server of PREFECT_API_URL, or bring them up to date there."""

    model_config = SettingsConfigDict(cli_prog_name="wine-points deploy")

    reset: bool = Field(
        default=False, description="take back what was paused or switched on the server"
    )


def deploy(asked: Deploy) -> str:
    """Deploy everything; say what is on the server, and which switches were kept.

    Raises:
        ServerError: no server is set, it does not answer, or Prefect refused something.
    """
    url = PREFECT_API_URL.value()
    if not url:
        raise ServerError("no Prefect server is set: set PREFECT_API_URL")
    ask_server(str(url))
    home, plans = Path(PREFECT_HOME.value()), read_deployments()
    note = home / "wine-points-switches.json"
    with hold_lock(home / "wine-points-deploy.lock"), get_client(sync_client=True) as client:
        if asked.reset:
            note.unlink(missing_ok=True)
            clear_schedules(client, [plan.name for plan in plans])
        said = _create_pool()
        with keep_switches(client, [] if asked.reset else plans, note) as kept:
            _call("deploy", "--all")
        said.append("the deployments of prefect.yaml are on the server")
        applied = apply_automations(client, reset=asked.reset)
    said += [f"automation on the server: {name}" for name in applied.applied]
    said += [f"automation left out: {name}" for name in applied.waiting]
    kept += [f"automation still switched off: {name}" for name in applied.disabled]
    if applied.waiting:
        said.append("make the block in the UI under Blocks, and deploy again")
    if kept:
        kept.append("`wine-points deploy --reset` takes back what was switched")
    return "\n".join([*said, *kept])


def _create_pool() -> list[str]:
    if not call_in_project([*PREFECT, "work-pool", "inspect", WORK_POOL]).returncode:
        return []
    _call("work-pool", "create", WORK_POOL, "--type", "process")
    return [f"the work pool {WORK_POOL} is made"]


def _call(*words: str) -> None:
    """Call Prefect's command line in the project's folder."""
    ended = call_in_project([*PREFECT, *words])
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()
        if "Traceback" in said:
            said = said.splitlines()[-1]
        raise ServerError(f"prefect {' '.join(words)}: {said}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    return run_plain_command(Deploy, deploy, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
