"""The doctor on a real server with a real worker, broken in one way after the other."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import prefect
import pytest
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.objects import State, StateType
from prefect.states import Running

from flows.deployment.prefect_yaml import PlannedDeployment, read_deployments
from flows.deployment.workplace import WORK_POOL
from flows.diagnosis import server
from flows.diagnosis import store as store_checks
from flows.diagnosis.checks import Finding
from tasks.configuration.errors import StoreError
from tasks.storage.opening import open_store
from tests.champions import promote_version
from tests.commands import ROOT, finish
from tests.forked import Forked
from tests.served_deployments import Served, wait_for
from tests.served_deployments import serving as served_deployments
from tests.webhook import listening

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_WORKER_HEARTBEAT_SECONDS", "1")
        with served_deployments(tmp_path_factory.mktemp("doctor")) as found:
            yield found


def test_what_is_served_is_found_sound(served: Served) -> None:
    with listening() as webhook:
        served.tell(webhook.url)
    store = open_store(str(served.store))
    store.create()
    promote_version(store, "a" * 16)
    wait_for(lambda: server.check_pool().level == "ok")
    # Prefect schedules the runs of a new deployment a few seconds later.
    wait_for(lambda: server.check_schedule().level == "ok")
    ended = finish(Forked("flows.doctor", ["--source=demo", "--json"], ROOT, served.environment))
    told = ended.answer
    levels = {check["name"]: check["level"] for check in told["checks"]}
    problems = [check for check in told["checks"] if check["level"] == "problem"]
    assert (ended.code, told["healthy"], problems) == (0, True, [])
    asked = ("server", "work pool", "deployments", "automations", "schedule", "running")
    assert {levels[name] for name in (*asked, "champion")} == {"ok"}, told
    found = {check["name"]: check["found"] for check in told["checks"]}
    assert found["server"].startswith(f"{prefect.__version__} at ")
    assert found["work pool"] == f"{WORK_POOL} of type process, with a worker online"


def test_automations_that_are_switched_off_or_missing_are_named(served: Served) -> None:
    (found,) = served.client.read_automations_by_name("wine-points: data rejected")
    served.client.pause_automation(found.id)
    level, said, _ = server.check_automations()
    assert (level, said) == ("warning", "inactive: wine-points: data rejected (disabled)")
    served.client.delete_automation(found.id)
    assert server.check_automations().found.endswith("wine-points: data rejected (missing)")


def test_deployments_that_differ_from_the_file_are_named(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(*planned: PlannedDeployment) -> Finding:
        monkeypatch.setattr(server, "read_deployments", lambda: list(planned))
        return server.check_deployments()

    first, *rest = read_deployments()
    assert f"{first.name} has version" in check(first._replace(version="9")).found
    assert check(first._replace(work_pool="x")).level == "warning"
    level, said, advice = check(first._replace(name="retraining/no"), *rest)
    assert (level, said) == ("problem", "not on the server: retraining/no")
    assert "wine-points deploy" in advice
    served.client.pause_deployment(served.deployment(first.name).id)
    paused = check(first)
    served.client.resume_deployment(served.deployment(first.name).id)
    assert (paused.level, paused.found) == ("warning", f"{first.name} is paused")
    assert check(first, *rest).level == "ok"
    assert check().level == "warning"


def test_a_run_that_has_been_silent_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.stop_worker()
    deployment = served.deployment("data-quality/daily")
    run = served.client.create_flow_run_from_deployment(deployment.id, name="quiet")
    served.client.set_flow_run_state(run.id, Running(), force=True)
    assert server.check_running().found == "1 running"
    monkeypatch.setattr(server, "SILENCE_MAX", timedelta(seconds=-1))
    level, said, _ = server.check_running()
    assert (level, "quiet for" in said) == ("problem", True)
    served.client.delete_flow_run(run.id)


def test_without_a_worker_that_lives_runs_are_late(served: Served) -> None:
    served.stop_worker()
    dead = wait_for(lambda: _problem(server.check_pool))
    assert dead.found == f"{WORK_POOL} has no worker online: no run starts"
    deployment = served.deployment("data-quality/daily")
    run = served.client.create_flow_run_from_deployment(deployment.id)
    late = State(type=StateType.SCHEDULED, name="Late")
    served.client.set_flow_run_state(run.id, late, force=True)
    level, said, _ = server.check_schedule()
    assert (level, said.startswith("1 late; the first should have started")) == ("problem", True)
    served.client.delete_flow_run(run.id)
    level, said, _ = server.check_schedule()
    assert (level, "the next in" in said) == ("ok", True)
    served.client.create_flow_run_from_deployment(deployment.id)
    assert "the first waiting for" in server.check_schedule().found


def _problem(ask: Callable[[], Finding]) -> Finding | None:
    found = ask()
    return found if found.level == "problem" else None


def test_a_pool_that_is_paused_or_missing_is_a_problem(served: Served) -> None:
    served.client.update_work_pool(WORK_POOL, WorkPoolUpdate(is_paused=True))
    assert "is paused" in server.check_pool().found
    served.client.update_work_pool(WORK_POOL, WorkPoolUpdate(is_paused=False, concurrency_limit=0))
    assert "limit 0" in server.check_pool().found
    served.client.delete_work_pool(WORK_POOL)
    level, said, _ = server.check_pool()
    assert (level, said) == ("problem", f"there is no work pool {WORK_POOL}")


def test_nothing_that_is_scheduled_is_a_warning(served: Served) -> None:
    scheduled = ("retraining/weekly", "data-quality/daily", "tuning/monthly", "housekeeping/weekly")
    for name in scheduled:
        served.client.delete_deployment(served.deployment(name).id)
    level, said, _ = server.check_schedule()
    assert (level, said) == ("warning", "no run is scheduled")
    assert "retraining/weekly" in server.check_deployments().found


def test_a_store_that_can_only_be_read_is_a_problem(small_disk: Path) -> None:
    store = open_store(str(small_disk / "store"))
    store.create()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreError, match="the file system is read-only"):
        store_checks.check_store(str(store.root))
    assert store_checks.check_champion(str(store.root)).level == "warning"
    assert json.loads((store.root / "store.json").read_bytes()) == {"format": 2}
    assert [path.name for path in store.root.iterdir()] == ["store.json"]
