"""Checks of the Prefect server, of what `wine-points deploy` put onto it, and of our runs there."""

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
from flows.deployment.planned import FILE, read_deployments
from flows.deployment.workplace import WORK_POOL
from flows.diagnosis.examination import Finding, describe_age
from flows.prefect_server import ask_server
from tasks.configuration.errors import ServerError
from tasks.sources.redaction import redact_url

PATIENCE_SECONDS = 5.0
OURS = DeploymentFilter(tags={"all_": ["wine-points"]})
DEPLOY = "`wine-points deploy` in the project's folder"
SILENCE_MAX = timedelta(seconds=90)
"""As the automation that takes a run without heartbeats for crashed."""


def is_set() -> bool:
    """Tell whether a server is named, so that there is one to look at."""
    return determine_server_type() in (ServerType.SERVER, ServerType.CLOUD)


def check_server() -> Finding:
    """Tell whether the server answers, and the versions of both sides."""
    if not is_set():
        found = "PREFECT_API_URL is not set: each run by hand starts a server of its own"
        url = "http://127.0.0.1:4200/api"
        return Finding("warning", found, f"for schedules: `make serve`, and PREFECT_API_URL={url}")
    url = str(PREFECT_API_URL.value())
    version = ask_server(url)
    return Finding("ok", f"{version} at {redact_url(url)}; this client is {prefect.__version__}")


def check_pool() -> Finding:
    """Tell whether the work pool is there and delivers to a worker."""
    with _ask() as client:
        try:
            pool = client.read_work_pool(WORK_POOL)
        except ObjectNotFound:
            return Finding("problem", f"there is no work pool {WORK_POOL}", DEPLOY)
    faults = {
        "is paused": pool.is_paused,
        "has the concurrency limit 0": pool.concurrency_limit == 0,
        "has no worker online": pool.status is WorkPoolStatus.NOT_READY,
    }
    if found := " and ".join(fault for fault, is_there in faults.items() if is_there):
        start = f"`prefect worker start --pool {WORK_POOL}`, or `make serve`"
        advice = f"`prefect work-pool inspect {WORK_POOL}`; {start}"
        return Finding("problem", f"{WORK_POOL} {found}: no run begins", advice)
    return Finding("ok", f"{WORK_POOL} of type {pool.type}, with a worker online")


def check_deployments() -> Finding:
    """Compare the deployments on the server with those of prefect.yaml."""
    missing, unlike, planned = [], [], read_deployments()
    with _ask() as client:
        for plan in planned:
            try:
                there = client.read_deployment_by_name(plan.name)
            except ObjectNotFound:
                missing.append(plan.name)
                continue
            if there.work_pool_name != plan.work_pool:
                unlike.append(f"{plan.name} waits for the pool {there.work_pool_name}")
            if there.version != plan.version:
                unlike.append(f"{plan.name} is of version {there.version}, not {plan.version}")
            if there.paused:
                unlike.append(f"{plan.name} is paused")
    if missing:
        return Finding("problem", f"not on the server: {', '.join(missing)}", DEPLOY)
    if unlike:
        return Finding("warning", "; ".join(unlike), f"unless it is meant: {DEPLOY}")
    if not planned:
        return Finding("warning", f"there is no {FILE} to compare with")
    return Finding("ok", f"all {len(planned)} of prefect.yaml")


def check_automations() -> Finding:
    """Compare the automations on the server with those of automations.yaml."""
    names = [entry["name"] for entry in yaml.safe_load(AUTOMATIONS.read_bytes())["automations"]]
    with _ask() as client:
        enabled = {found.name: found.enabled for found in client.read_automations()}
    off = [
        f"{n} ({'disabled' if n in enabled else 'missing'})" for n in names if not enabled.get(n)
    ]
    if off:
        advice = "enable them in the UI, or make the block wine-points-alerts and deploy again"
        return Finding("warning", f"not in force: {', '.join(off)}", advice)
    return Finding("ok", f"all {len(names)} of automations.yaml")


def check_schedule() -> Finding:
    """Tell the next scheduled run, and the runs that should have begun."""
    with _ask() as client:
        coming = _read_runs(client, StateType.SCHEDULED)
    if not coming:
        return Finding("warning", "no run is scheduled", "see `deployments`: are they paused?")
    late = [run for run in coming if run.state_name == "Late"]
    first = (late or coming)[0].expected_start_time or datetime.now(UTC)
    wait = first - datetime.now(UTC)
    if late:
        found = f"{len(late)} late; the first should have begun {describe_age(wait)} ago"
        return Finding("problem", found, "see `work pool`; without a worker no run begins")
    when = "the first in" if wait > timedelta(0) else "one waits for"
    return Finding("ok", f"{len(coming)} to come, {when} {describe_age(wait)}")


def check_running() -> Finding:
    """Tell which runs have been silent."""
    with _ask() as client:
        runs = _read_runs(client, StateType.RUNNING)
        ages = {run.name: _silence(client, run) for run in runs}
    silent = [f"{name} for {describe_age(age)}" for name, age in ages.items() if age > SILENCE_MAX]
    if silent:
        found = f"silent, and so probably dead: {', '.join(silent)}"
        advice = "`prefect flow-run cancel ID`, or apply the automations: one ends such runs"
        return Finding("problem", found, advice)
    return Finding("ok", f"{len(runs)} running")


@contextmanager
def _ask() -> Iterator[SyncPrefectClient]:
    """Open a client of the server.

    Raises:
        ServerError: it does not answer, in the words of `check_server`; or it refuses a question.
    """
    ask_server(str(PREFECT_API_URL.value()))
    try:
        with get_client(sync_client=True, httpx_settings={"timeout": PATIENCE_SECONDS}) as client:
            yield client
    except httpx.HTTPStatusError as error:
        # Its text quotes the URL, a password included.
        said = f"the server refused the question (HTTP {error.response.status_code})"
        raise ServerError(said) from None


def _read_runs(client: SyncPrefectClient, kind: StateType) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state={"type": {"any_": [kind]}}),
        deployment_filter=OURS,
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
    )


def _silence(client: SyncPrefectClient, run: FlowRun) -> timedelta:
    """Return the time since a run was last heard of."""
    chosen = EventFilter(resource={"id": [f"prefect.flow-run.{run.id}"]})
    events = client.read_events(chosen, limit=1).events
    now = datetime.now(UTC)
    return now - (events[0].occurred if events else run.start_time or now)
