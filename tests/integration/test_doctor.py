"""The doctor on a real server with a real worker, broken in one way after the other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.client.schemas.actions import WorkPoolUpdate
from prefect.client.schemas.objects import State, StateType
from prefect.states import Running

from flows.deployment.planned import read_deployments
from flows.deployment.workplace import WORK_POOL
from flows.diagnosis import scheduling, serving, stored
from flows.diagnosis.examination import Finding, examine
from tasks.storage.opening import open_store
from tests.champions import promote_version
from tests.commands import ROOT, last_object
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


def of_server() -> dict[str, Finding]:
    return dict(examine([*serving.list_checks(), *scheduling.list_checks()]))


def held_by(client: Any, deployment: str, slots: int) -> None:
    """Take slots of a deployment as a run does that is killed before it gives them back."""
    limit = client.read_deployment_by_name(deployment).global_concurrency_limit
    take = client.increment_concurrency_slots if slots > 0 else client.release_concurrency_slots
    words: dict[str, Any] = {"mode": "concurrency"} if slots > 0 else {"occupancy_seconds": 1.0}
    take(names=[limit.name], slots=abs(slots), **words)


def test_what_is_served_is_found_sound(served: Served) -> None:
    with listening() as webhook:
        served.tell(webhook.url)
    store = open_store(str(served.store))
    store.create()
    promote_version(store, "a" * 16)
    words = [sys.executable, "-m", "flows.doctor", "--source=demo", "--json"]
    ended = subprocess.run(
        words, cwd=ROOT, env=served.environment, stdout=subprocess.PIPE, text=True
    )
    told = last_object(ended.stdout)
    levels = {check["name"]: check["level"] for check in told["checks"]}
    problems = [check for check in told["checks"] if check["level"] == "problem"]
    assert (ended.returncode, told["healthy"], problems) == (0, True, [])
    asked = ("server", "work pool", "worker", "deployments", "automations", "schedule", "slots")
    assert {levels[name] for name in (*asked, "running", "champion")} == {"ok"}, told
    (pool,) = (check["found"] for check in told["checks"] if check["name"] == "work pool")
    assert pool == f"{WORK_POOL} of type process"


def test_a_server_of_another_version_is_a_warning(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving.prefect, "__version__", "3.1.0")
    assert serving.check_server().level == "warning"


def test_automations_that_are_switched_off_or_missing_are_named(served: Served) -> None:
    (found,) = served.client.read_automations_by_name("wine-points: data rejected")
    served.client.pause_automation(found.id)
    level, said, _ = serving.check_automations(served.client)
    assert (level, said) == ("warning", "switched off: wine-points: data rejected")
    served.client.delete_automation(found.id)
    assert serving.check_automations(served.client).found.startswith("not on the server: wine")


def test_deployments_that_differ_from_the_file_are_named(served: Served) -> None:
    first, *rest = read_deployments()
    check = serving.check_deployments
    assert check(served.client, [first._replace(version="9")]).level == "warning"
    assert check(served.client, [first._replace(work_pool="x")]).level == "warning"
    level, said, advice = check(served.client, [first._replace(name="retraining/no"), *rest])
    assert (level, said) == ("problem", "not on the server: retraining/no")
    assert "wine-points deploy" in advice
    assert check(served.client, []).level == "warning"


def test_slots_that_dead_runs_hold_are_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by(served.client, "retraining/weekly", 1)
    level, said, _ = scheduling.check_slots(served.client)
    assert level == "warning"
    assert "weekly (1 held, 0 under way)" in said
    deployment = served.deployment("retraining/weekly")
    run = served.client.create_flow_run_from_deployment(deployment.id)
    served.client.set_flow_run_state(run.id, Running(), force=True)
    assert scheduling.check_slots(served.client).level == "ok"
    with monkeypatch.context() as patch:
        patch.setattr(scheduling, "SILENT_SECONDS_MAX", -1)
        assert scheduling.check_slots(served.client).level == "warning"
    served.client.delete_flow_run(run.id)
    held_by(served.client, "retraining/weekly", -1)
    assert scheduling.check_slots(served.client).level == "ok"


def test_a_run_that_has_been_silent_is_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.stop_worker()
    deployment = served.deployment("data-quality/daily")
    run = served.client.create_flow_run_from_deployment(deployment.id, name="quiet")
    served.client.set_flow_run_state(run.id, Running(), force=True)
    assert scheduling.check_running(served.client).found == "1 running"
    monkeypatch.setattr(scheduling, "SILENT_SECONDS_MAX", -1)
    level, said, _ = scheduling.check_running(served.client)
    assert (level, "quiet for" in said) == ("problem", True)
    served.client.delete_flow_run(run.id)


def test_without_a_worker_that_lives_runs_are_late(served: Served) -> None:
    served.stop_worker()
    dead = wait_for(lambda: _problem(lambda: serving.check_worker(served.client)))
    assert dead.found.startswith("no worker is online; the last was heard of")
    deployment = served.deployment("data-quality/daily")
    run = served.client.create_flow_run_from_deployment(deployment.id)
    late = State(type=StateType.SCHEDULED, name="Late")
    served.client.set_flow_run_state(run.id, late, force=True)
    level, said, _ = scheduling.check_schedule(served.client)
    assert (level, said.startswith("1 late; the first should have begun")) == ("problem", True)
    served.client.delete_flow_run(run.id)
    level, said, _ = scheduling.check_schedule(served.client)
    assert (level, "the first in" in said) == ("ok", True)
    served.client.create_flow_run_from_deployment(deployment.id)
    assert "one waits for" in scheduling.check_schedule(served.client).found


def _problem(ask: Callable[[], Finding]) -> Finding | None:
    found = ask()
    return found if found.level == "problem" else None


def test_a_pool_that_is_paused_or_missing_is_a_problem(served: Served) -> None:
    served.client.update_work_pool(WORK_POOL, WorkPoolUpdate(is_paused=True))
    assert "is paused" in serving.check_pool(served.client).found
    served.client.update_work_pool(WORK_POOL, WorkPoolUpdate(is_paused=False, concurrency_limit=0))
    assert "limit 0" in of_server()["work pool"].found
    served.client.delete_work_pool(WORK_POOL)
    found = of_server()
    assert found["work pool"].found == f"there is no work pool {WORK_POOL}"
    assert found["worker"].level == "warning"


def test_nothing_that_is_scheduled_is_a_warning(served: Served) -> None:
    for name in ("retraining/weekly", "data-quality/daily", "housekeeping/weekly"):
        served.client.delete_deployment(served.deployment(name).id)
    found = of_server()
    assert found["schedule"].found == "no run is scheduled"
    assert "retraining/weekly" in found["deployments"].found


def test_a_store_that_can_only_be_read_is_a_problem(small_disk: Path) -> None:
    store = open_store(str(small_disk / "store"))
    store.create()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    found = dict(examine(stored.list_checks(str(store.root))))
    assert "the file system is read-only" in found["store"].found
    assert found["champion"].level == "warning"
    assert json.loads((store.root / "store.json").read_bytes()) == {"format": 1}
    assert [path.name for path in store.root.iterdir()] == ["store.json"]
