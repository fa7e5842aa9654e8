"""Checks of the server's scheduler: runs to come, runs that are late, slots that are held."""

from __future__ import annotations

import datetime
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.filters import EventFilter, EventOccurredFilter, EventResourceFilter

from flows.diagnosis.examination import Check, Finding, describe_age
from flows.diagnosis.serving import of_server

OURS = DeploymentFilter(tags=DeploymentFilterTags(all_=["wine-points"]))
SILENT_SECONDS_MAX = 90
"""As the automation that takes a run without heartbeats for crashed."""
LEASE_MINUTES = 5
"""How long Prefect's server keeps a slot whose run no longer renews it."""


def list_checks() -> list[Check]:
    """List the checks of runs to come, late runs, silent runs and slots."""
    return [
        Check("schedule", of_server(check_schedule)),
        Check("running", of_server(check_running)),
        Check("slots", of_server(check_slots)),
    ]


def check_schedule(client: SyncPrefectClient) -> Finding:
    """Tell the next scheduled run, and the runs that should have begun."""
    late = _read_runs(client, FlowRunFilterState(name=FlowRunFilterStateName(any_=["Late"])))
    if late:
        begin = min(_expected(run) for run in late)
        return Finding(
            "problem",
            f"{len(late)} late; the first should have begun {_age(begin)} ago",
            "see `worker` and `work pool`; without a worker no run begins",
        )
    waiting = FlowRunFilterStateType(any_=[StateType.SCHEDULED])
    coming = _read_runs(client, FlowRunFilterState(type=waiting))
    if not coming:
        return Finding(
            "warning",
            "no run is scheduled",
            "deploy (prefect.yaml has the schedules), and see that they are not paused",
        )
    first = min(map(_expected, coming))
    when = f"the first in {_age(first)}" if first > _now() else f"one waits for {_age(first)}"
    return Finding("ok", f"{len(coming)} to come, {when}")


def check_running(client: SyncPrefectClient) -> Finding:
    """Tell the runs that say they run, and which of them have been silent."""
    running = _read_active(client, StateType.RUNNING)
    ages = {run.name: _silent(client, run) for run in running}
    silent = [f"{n} for {describe_age(s)}" for n, s in ages.items() if s > SILENT_SECONDS_MAX]
    if silent:
        return Finding(
            "problem",
            f"silent, and so probably dead: {', '.join(silent)}",
            "`prefect flow-run cancel ID`, or apply the automations: one takes such runs for"
            " crashed",
        )
    return Finding("ok", f"{len(running)} running")


def check_slots(client: SyncPrefectClient) -> Finding:
    """Tell which deployments' slots are held though no run of theirs is under way."""
    held, limited = [], 0
    for deployment in client.read_deployments(deployment_filter=OURS):
        limit = deployment.global_concurrency_limit
        if limit is None:
            continue
        limited += 1
        runs = _read_active(
            client, StateType.RUNNING, StateType.PENDING, StateType.CANCELLING, of=deployment.id
        )
        alive = [run for run in runs if not _is_dead(client, run)]
        if limit.active_slots > len(alive):
            held.append(f"{deployment.name} ({limit.active_slots} held, {len(alive)} under way)")
    if held:
        return Finding(
            "warning",
            f"held by runs that are dead: {', '.join(held)}",
            f"the server frees them within {LEASE_MINUTES} minutes; later, `prefect gcl update"
            " NAME --active-slots 0`",
        )
    return Finding("ok", f"none is held by a dead run ({limited} limits)")


def _read_runs(client: SyncPrefectClient, state: FlowRunFilterState) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(state=state),
        deployment_filter=OURS,
        sort=FlowRunSort.EXPECTED_START_TIME_ASC,
    )


def _read_active(
    client: SyncPrefectClient, *types: StateType, of: UUID | None = None
) -> list[FlowRun]:
    state = FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))
    runs = _read_runs(client, state)
    return [run for run in runs if of in (None, run.deployment_id)]


def _silent(client: SyncPrefectClient, run: FlowRun) -> float:
    """Return the seconds since a run was last heard of."""
    chosen = EventFilter(
        occurred=EventOccurredFilter(since=_now() - datetime.timedelta(days=2), until=_now()),
        resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
    )
    events = client.read_events(chosen, limit=1).events
    last = events[0].occurred if events else run.start_time or _expected(run)
    return (_now() - last).total_seconds()


def _is_dead(client: SyncPrefectClient, run: FlowRun) -> bool:
    return run.state_type == StateType.RUNNING and _silent(client, run) > SILENT_SECONDS_MAX


def _expected(run: FlowRun) -> datetime.datetime:
    return run.expected_start_time or _now()


def _age(moment: datetime.datetime) -> str:
    return describe_age((_now() - moment).total_seconds())


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
