"""Checks of the Prefect server: the work pool, the deployments, the automations and the runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import prefect
import yaml
from prefect.client.base import ServerType, determine_server_type
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter, FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType, WorkPoolStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.filters import EventFilter
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows.deployment.automations import FILE as AUTOMATIONS
from flows.deployment.prefect_yaml import FILE, read_deployments
from flows.deployment.workplace import WORK_POOL
from flows.diagnosis.checks import Finding, format_duration
from flows.prefect_server import read_server_version
from tasks.configuration.errors import ServerError
from tasks.sources.redaction import redact_url

TIMEOUT_SECONDS = 5.0
OUR_DEPLOYMENTS = DeploymentFilter(tags={"all_": ["wine-points"]})
DEPLOY = "run `wine-points deploy` in the project's folder"
SILENCE_MAX = timedelta(seconds=90)
"""As in automations.yaml, which marks a run as crashed when its heartbeats stop."""


def has_server() -> bool:
    """Return whether PREFECT_API_URL names a server."""
    return determine_server_type() in (ServerType.SERVER, ServerType.CLOUD)


def check_server() -> Finding:
    """Check that the server answers, and show the versions of the server and the client."""
    if not has_server():
        found = "PREFECT_API_URL is not set: each command starts a temporary server"
        url = "http://127.0.0.1:4200/api"
        advice = f"for schedules run `wine-points serve`, and set PREFECT_API_URL={url}"
        return Finding("warning", found, advice)
    url = str(PREFECT_API_URL.value())
    version = read_server_version(url)
    return Finding("ok", f"{version} at {redact_url(url)}; this client is {prefect.__version__}")


def check_pool() -> Finding:
    """Check that the work pool exists, accepts runs and has a worker."""
    with _open_client() as client:
        try:
            pool = client.read_work_pool(WORK_POOL)
        except ObjectNotFound:
            return Finding("problem", f"there is no work pool {WORK_POOL}", DEPLOY)
    faults = {
        "is paused": pool.is_paused,
        "has the concurrency limit 0": pool.concurrency_limit == 0,
        "has no worker online": pool.status is WorkPoolStatus.NOT_READY,
    }
    if found := " and ".join(fault for fault, is_true in faults.items() if is_true):
        start = f"start a worker with `prefect worker start --pool {WORK_POOL}`"
        advice = f"run `prefect work-pool inspect {WORK_POOL}`, or {start}"
        return Finding("problem", f"{WORK_POOL} {found}: no run starts", advice)
    return Finding("ok", f"{WORK_POOL} of type {pool.type}, with a worker online")


def check_deployments() -> Finding:
    """Compare the deployments on the server with those of prefect.yaml."""
    missing, differences, plans = [], [], read_deployments()
    with _open_client() as client:
        for plan in plans:
            try:
                actual = client.read_deployment_by_name(plan.name)
            except ObjectNotFound:
                missing.append(plan.name)
                continue
            if actual.work_pool_name != plan.work_pool:
                differences.append(f"{plan.name} is in the work pool {actual.work_pool_name}")
            if actual.version != plan.version:
                differences.append(f"{plan.name} has version {actual.version}, not {plan.version}")
            if actual.paused:
                differences.append(f"{plan.name} is paused")
    if missing:
        return Finding("problem", f"not on the server: {', '.join(missing)}", DEPLOY)
    if differences:
        return Finding("warning", "; ".join(differences), f"unless you want this, {DEPLOY}")
    if not plans:
        return Finding("warning", f"there is no {FILE} to compare with")
    return Finding("ok", f"all {len(plans)} of prefect.yaml")


def check_automations() -> Finding:
    """Compare the automations on the server with those of automations.yaml."""
    names = [entry["name"] for entry in yaml.safe_load(AUTOMATIONS.read_bytes())["automations"]]
    with _open_client() as client:
        enabled = {automation.name: automation.enabled for automation in client.read_automations()}
    inactive = [
        f"{n} ({'disabled' if n in enabled else 'missing'})" for n in names if not enabled.get(n)
    ]
    if inactive:
        advice = f"enable them in the UI, or create the block wine-points-alerts and {DEPLOY}"
        return Finding("warning", f"inactive: {', '.join(inactive)}", advice)
    return Finding("ok", f"all {len(names)} of automations.yaml")


def check_schedule() -> Finding:
    """Check that runs are scheduled and none is late, and show the time to the next run."""
    with _open_client() as client:
        scheduled = _read_runs(client, StateType.SCHEDULED)
    if not scheduled:
        return Finding("warning", "no run is scheduled", "look at the check `deployments`")
    late = [run for run in scheduled if run.state_name == "Late"]
    first = (late or scheduled)[0].expected_start_time or datetime.now(UTC)
    wait = first - datetime.now(UTC)
    if late:
        found = f"{len(late)} late; the first should have started {format_duration(wait)} ago"
        return Finding("problem", found, "look at the check `work pool`")
    when = "the next in" if wait > timedelta(0) else "the first waiting for"
    return Finding("ok", f"{len(scheduled)} scheduled, {when} {format_duration(wait)}")


def check_running() -> Finding:
    """Check that all running flow runs send heartbeats."""
    with _open_client() as client:
        runs = _read_runs(client, StateType.RUNNING)
        ages = {run.name: _silence(client, run) for run in runs}
    silent = [
        f"{name} for {format_duration(age)}" for name, age in ages.items() if age > SILENCE_MAX
    ]
    if silent:
        found = f"no heartbeat, the process has probably ended: {', '.join(silent)}"
        advice = f"run `prefect flow-run cancel ID`, or {DEPLOY}: an automation ends such runs"
        return Finding("problem", found, advice)
    return Finding("ok", f"{len(runs)} running")


@contextmanager
def _open_client() -> Iterator[SyncPrefectClient]:
    """Open a client of the server.

    Raises:
        ServerError: the server does not answer, with the same message as in `check_server`; or it
            refuses a request.
    """
    read_server_version(str(PREFECT_API_URL.value()))
    try:
        with get_client(sync_client=True, httpx_settings={"timeout": TIMEOUT_SECONDS}) as client:
            yield client
    except httpx.HTTPStatusError as error:
        # The message of httpx contains the URL, and with it a password.
        message = f"the server refused the request (HTTP {error.response.status_code})"
        raise ServerError(message) from None


def _read_runs(client: SyncPrefectClient, state: StateType) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state={"type": {"any_": [state]}}),
        deployment_filter=OUR_DEPLOYMENTS,
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
    )


def _silence(client: SyncPrefectClient, run: FlowRun) -> timedelta:
    """Return the time since the last event of a run, such as a heartbeat."""
    of_run = EventFilter(resource={"id": [f"prefect.flow-run.{run.id}"]})
    events = client.read_events(of_run, limit=1).events
    now = datetime.now(UTC)
    return now - (events[0].occurred if events else run.start_time or now)
