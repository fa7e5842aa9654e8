"""Checks of the Prefect server and of what `prefect.yaml` and the automations put onto it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import httpx
import prefect
import yaml
from prefect.client.base import ServerType, determine_server_type
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows.deployment.automations import FILE as AUTOMATIONS
from flows.deployment.planned import FILE, Planned, read_deployments
from flows.deployment.workplace import WORK_POOL
from flows.diagnosis.examination import Check, Finding, describe_age
from flows.prefect_server import ask_server
from tasks.configuration.errors import ServerError
from tasks.sources.redaction import redact_url

PATIENCE_SECONDS = 5.0
HEARTBEATS_MISSED_MAX = 3
"""A worker that missed so many heartbeats is offline for Prefect's server too."""
HEARTBEAT_SECONDS = 30
DEPLOY = "`wine-points deploy` in the project's folder"

Look = Callable[[SyncPrefectClient], Finding]


def list_checks() -> list[Check]:
    """List the checks of the server, the work pool, its workers, deployments and automations."""
    looks: list[tuple[str, Look]] = [
        ("work pool", check_pool),
        ("worker", check_worker),
        ("deployments", lambda client: check_deployments(client, read_deployments())),
        ("automations", check_automations),
    ]
    return [Check("server", check_server), *(Check(name, of_server(look)) for name, look in looks)]


def of_server(look: Look) -> Callable[[], Finding]:
    """Make a check of one that needs the server: without an answer there is nothing to look at."""

    def answer() -> Finding:
        if _is_unset():
            return Finding("warning", "not looked at: no server is set")
        with ask_client() as client:
            if client.api_healthcheck() is not None:
                return Finding("warning", "not looked at: the server does not answer")
            try:
                return look(client)
            except httpx.HTTPError as error:
                # Its text quotes the URL, a password included.
                raise ServerError(f"the server refused the question ({_say(error)})") from None

    return answer


def ask_client() -> SyncPrefectClient:
    """Make a client that does not wait for long."""
    return get_client(sync_client=True, httpx_settings={"timeout": PATIENCE_SECONDS})


def check_server() -> Finding:
    """Tell whether the server answers, and whether its version goes with that of this client."""
    if _is_unset():
        return Finding(
            "warning",
            "PREFECT_API_URL is not set: each run by hand starts a server of its own",
            "for schedules: `make serve`, and export PREFECT_API_URL=http://127.0.0.1:4200/api",
        )
    shown = redact_url(str(PREFECT_API_URL.value()))
    ask_server(str(PREFECT_API_URL.value()))
    if determine_server_type() is ServerType.CLOUD:
        return Finding("ok", f"Prefect Cloud at {shown}; this client is {prefect.__version__}")
    with ask_client() as client:
        version = str(client.api_version())
    if version.split(".")[:2] != prefect.__version__.split(".")[:2]:
        return Finding(
            "warning",
            f"{version} at {shown}, and this client is {prefect.__version__}",
            "run the server from this project's environment, or one of the same version",
        )
    return Finding("ok", f"{version} at {shown}")


def check_pool(client: SyncPrefectClient) -> Finding:
    """Tell whether the work pool is there, of which type, and whether it delivers."""
    try:
        pool = client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        create = f"`prefect work-pool create {WORK_POOL} --type process`, or start a worker"
        return Finding("problem", f"there is no work pool {WORK_POOL}", create)
    if pool.is_paused:
        resume = f"`prefect work-pool resume {WORK_POOL}`"
        return Finding("problem", f"{WORK_POOL} is paused: no run begins", resume)
    if pool.concurrency_limit == 0:
        raise ServerError(f"{WORK_POOL} has the concurrency limit 0: no run begins; raise it")
    return Finding("ok", f"{WORK_POOL} of type {pool.type}")


def check_worker(client: SyncPrefectClient) -> Finding:
    """Tell whether a worker of the pool is alive."""
    try:
        client.read_work_pool(WORK_POOL)
    except ObjectNotFound:
        return Finding("warning", f"not looked at: there is no work pool {WORK_POOL}")
    workers = client.read_workers_for_work_pool(WORK_POOL)
    now = datetime.datetime.now(datetime.UTC)
    alive: list[float] = []
    silent: list[float] = []
    for worker in workers:
        if worker.last_heartbeat_time is None:
            continue
        seconds = (now - worker.last_heartbeat_time).total_seconds()
        patience = HEARTBEATS_MISSED_MAX * (worker.heartbeat_interval_seconds or HEARTBEAT_SECONDS)
        (alive if seconds < patience else silent).append(seconds)
    if alive:
        return Finding("ok", f"{len(alive)} online, heard of {describe_age(min(alive))} ago")
    last = f"; the last was heard of {describe_age(min(silent))} ago" if silent else ""
    return Finding(
        "problem",
        f"no worker is online{last}",
        f"`prefect worker start --pool {WORK_POOL}` on the machine that trains, or `make serve`",
    )


def check_deployments(client: SyncPrefectClient, planned: list[Planned]) -> Finding:
    """Compare the deployments on the server with those of prefect.yaml."""
    if not planned:
        return Finding("warning", f"not looked at: there is no {FILE}")
    missing, unlike = [], []
    for plan in planned:
        try:
            there = client.read_deployment_by_name(plan.name)
        except ObjectNotFound:
            missing.append(plan.name)
            continue
        if there.work_pool_name != plan.work_pool:
            unlike.append(f"{plan.name} waits for the pool {there.work_pool_name}")
        elif there.version != plan.version:
            unlike.append(f"{plan.name} is of version {there.version}, not {plan.version}")
        elif there.paused:
            unlike.append(f"{plan.name} is paused")
    if missing:
        return Finding("problem", f"not on the server: {', '.join(missing)}", DEPLOY)
    if unlike:
        return Finding("warning", "; ".join(unlike), f"unless it is meant: {DEPLOY}")
    return Finding("ok", f"all {len(planned)} of prefect.yaml")


def check_automations(client: SyncPrefectClient) -> Finding:
    """Compare the automations on the server with those of automations.yaml."""
    written: list[dict[str, Any]] = yaml.safe_load(AUTOMATIONS.read_bytes())["automations"]
    enabled = {found.name: found.enabled for found in client.read_automations()}
    missing = [entry["name"] for entry in written if entry["name"] not in enabled]
    disabled = [entry["name"] for entry in written if enabled.get(entry["name"]) is False]
    if missing:
        return Finding(
            "warning",
            f"not on the server: {', '.join(missing)}",
            "make the notification block wine-points-alerts, then `wine-points deploy`",
        )
    if disabled:
        return Finding(
            "warning", f"switched off: {', '.join(disabled)}", "switch them on in the UI"
        )
    return Finding("ok", f"all {len(written)} of automations.yaml")


def _is_unset() -> bool:
    return determine_server_type() in (ServerType.EPHEMERAL, ServerType.UNCONFIGURED)


def _say(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return type(error).__name__
