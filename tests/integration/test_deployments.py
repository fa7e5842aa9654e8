"""Each deployment on a real server with a real worker, run from elsewhere, on demo reviews."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun
from prefect.events.filters import EventFilter, EventNameFilter, EventResourceFilter

from flows.deployment.automations import FILE, apply_automations
from flows.deployment.workplace import WORK_POOL
from tasks.reporting.metrics_over_runs import PAGE
from tests.commands import ROOT
from tests.served_deployments import Served, serving, wait_for
from tests.webhook import Webhook, listening

pytestmark = pytest.mark.slow

DEMO = {"source": "demo", "preset": "demo"}
READING = {"fetch": {"timeout_seconds": 60.0}, "ingest": {"field_bytes_max": 65_536}}
READ_SO = {name: json.dumps(settings) for name, settings in READING.items()}
GATE = {"fetch_source", "ingest_reviews", "validate_reviews"}


@pytest.fixture(scope="module")
def served(make_prefect_home: Callable[[str], Path]) -> Iterator[Served]:
    with serving(make_prefect_home("deployments")) as found:
        yield found


class Promoted(NamedTuple):
    """The first retraining, and a copy of the store as it was then."""

    run: FlowRun
    store: Path


@pytest.fixture(scope="module")
def promoted(served: Served) -> Promoted:
    run = served.watch("retraining/weekly", **DEMO, **READ_SO)
    return Promoted(run, shutil.copytree(served.store, served.store.with_name("promoted")))


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with listening() as found:
        yield found


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    file = tmp_path / "broken.csv"
    file.write_text("a,b\n1,2\n")
    return file


def test_a_retraining_promotes_and_shows_what_it_found(served: Served, promoted: Promoted) -> None:
    assert promoted.run.state_name == "Promoted"
    assert len(served.tasks_of(promoted.run)) == 10
    shown = served.artifacts_of(promoted.run)
    for key, page in (("data-quality", "data_quality.html"), ("retraining-report", "report.html")):
        assert "Accepted" in shown[key] or "MAE" in shown[key]
        place = Path(shown[key].split("`")[1])
        assert (place.name, place.exists()) == (page, True)
    page = served.store / PAGE
    assert f"`{page}`" in shown["metrics-over-runs"]
    assert "1 Promoted" in shown["metrics-over-runs"]
    assert "1 Promoted" in page.read_text()
    assert shown["training"] == 100
    assert (served.store / "champion/champion.json").exists()
    assert list(served.elsewhere.iterdir()) == []


def test_after_a_promotion_its_source_is_scored_by_itself(
    served: Served, promoted: Promoted
) -> None:
    def scored() -> FlowRun | None:
        found = served.runs(
            FlowRunFilter(deployment_id={"any_": [served.deployment("scoring/on-demand").id]})
        )
        return found[0] if found else None

    run = served.end_of(wait_for(scored))
    assert run.state_name == "Scored"
    assert run.parameters["source"] == "demo"
    assert {name: run.parameters[name] for name in READING} == READING
    assert (served.store / "scores/scores.parquet").exists()


def test_a_promotion_is_scored_with_the_store_and_contract_of_its_job_variables(
    served: Served, promoted: Promoted, tmp_path: Path
) -> None:
    contract = shutil.copy(ROOT / "data_contracts/wine_reviews.odcs.yaml", tmp_path)
    store = tmp_path / "store"
    names = {"WINE_POINTS_STORE": str(store), "WINE_POINTS_CONTRACT": str(contract)}
    retrained = served.end_of(served.start("retraining/weekly", names, **DEMO))
    assert retrained.state_name == "Promoted"
    on_demand = FlowRunFilter(deployment_id={"any_": [served.deployment("scoring/on-demand").id]})

    def started() -> FlowRun | None:
        # The other run scores for the promotion in the worker's store.
        runs = {run.parameters["store"]: run for run in served.runs(on_demand)}
        return runs[str(store)] if len(runs) == 2 else None

    run = served.end_of(wait_for(started))
    assert run.state_name == "Scored"
    assert run.parameters["contract"] == str(contract)
    assert (store / "scores/scores.parquet").exists()


def check_rejected(served: Served, run: FlowRun) -> None:
    assert run.state_name == "DataRejected"
    assert "The file has no column description, the text" in run.state.message
    # Only when an earlier test promoted a champion is its error measured.
    assert set(served.tasks_of(run)) - {"measure_champion"} == GATE
    assert "data_quality.html" in served.artifacts_of(run)["data-quality"]
    assert "Traceback" not in served.log.read_text()


def test_a_broken_file_ends_a_retraining_with_its_report(served: Served, broken: Path) -> None:
    check_rejected(served, served.watch("retraining/weekly", source=broken))


@pytest.mark.parametrize(
    ("parameter", "complaint"),
    [
        ("preset=nonsense", "'nonsense' does not match"),
        ('training={"epochs": 0}', "less than the minimum of 1"),
        ('network={"lstm_unit": 3}', "lstm_unit"),
        ("trainig={}", "not found on the deployment: 'trainig'"),
        ('refresh=["trian"]', "'trian' is not one of"),
        ("source=ftp://wine/reviews.csv", "'ftp://wine/reviews.csv' does not match"),
        ("store=ftp://wine/points", "'ftp://wine/points' does not match"),
    ],
)
def test_a_wrong_parameter_is_refused_before_there_is_a_run(
    served: Served, parameter: str, complaint: str
) -> None:
    before = asked_for(served)
    answer = served.prefect("deployment", "run", "retraining/weekly", f"--param={parameter}")
    assert answer.code == 1
    assert complaint in " ".join(answer.output.split())
    assert asked_for(served) == before


def asked_for(served: Served) -> set[str]:
    """All runs but those that the scheduler adds at any time."""
    return {run.name for run in served.runs() if not run.auto_scheduled}


def test_the_daily_check_trains_nothing_and_an_override_is_laid_over_its_preset(
    served: Served,
) -> None:
    few = json.dumps({"demo_rows": 400})
    run = served.watch("data-quality/daily", source="demo", fetch=few, reference="none")
    assert run.state_name == "Accepted"
    assert run.parameters["fetch"] == {"demo_rows": 400}
    assert set(served.tasks_of(run)) == GATE


def test_a_tuning_shows_its_trials_and_keeps_a_preset_file(served: Served) -> None:
    few = {"fetch": json.dumps({"demo_rows": 400}), "training": json.dumps({"epochs": 1})}
    run = served.watch("tuning/monthly", **DEMO, **few, trials=2, reference="none")
    assert run.state_name == "Tuned"
    shown = served.artifacts_of(run)
    assert "data-quality" in shown
    assert "validation MAE" in shown["tuning-report"]
    assert Path(shown["tuning-report"].split("`")[1]).name == "tuning.html"
    assert (served.store / "presets/tuned.yaml").read_text().startswith("# A preset file")


def test_schedules_and_limits_are_those_of_the_file(served: Served) -> None:
    weekly = served.deployment("retraining/weekly")
    (schedule,) = weekly.schedules
    assert (schedule.schedule.cron, schedule.schedule.timezone) == ("0 5 * * 1", "Europe/Berlin")
    assert weekly.global_concurrency_limit.limit == 1
    assert weekly.concurrency_options.collision_strategy.value == "ENQUEUE"
    assert not served.deployment("retraining/notebook").schedules
    pruning = served.deployment("housekeeping/weekly")
    assert [s.schedule.cron for s in pruning.schedules] == ["0 6 * * 6"]
    assert pruning.concurrency_options.collision_strategy.value == "ENQUEUE"
    assert weekly.parameters["source"].startswith("https://")
    (monthly,) = served.deployment("tuning/monthly").schedules
    assert (monthly.schedule.cron, monthly.schedule.timezone) == ("0 20 1 * *", "Europe/Berlin")


def test_people_are_told_what_happened(served: Served, broken: Path, webhook: Webhook) -> None:
    served.tell(webhook.url)
    check_rejected(served, served.watch("data-quality/daily", source=broken))
    served.watch("data-quality/daily", source=broken.with_name("missing.csv"))
    told = wait_for(lambda: webhook.told if len(webhook.told) >= 2 else None, 30)
    rejected, failed = told
    assert rejected["subject"] == "Wine points: the data were rejected"
    assert "The file has no column description, the text" in rejected["body"]
    assert failed["subject"] == "Wine points: a run ended in Failed"
    assert "there is no such file" in failed["body"]


def test_people_are_told_when_no_data_are_accepted(
    served: Served, tmp_path: Path, webhook: Webhook
) -> None:
    file = tmp_path / "automations.yaml"
    waiting = re.sub(r"within: 691200.*", "within: 15", FILE.read_text())
    assert waiting != FILE.read_text()
    file.write_text(waiting)
    served.tell(webhook.url, file)
    (told,) = wait_for(lambda: webhook.told, 90)[:1]
    assert told["subject"] == "Wine points: no data were accepted for eight days"


def test_a_run_whose_machine_is_gone_is_taken_for_crashed_and_people_are_told(
    served: Served, tmp_path: Path, webhook: Webhook
) -> None:
    file = tmp_path / "automations.yaml"
    # Longer than the pause between two heartbeats, which Prefect keeps at 30 s at least.
    hasty = FILE.read_text().replace("within: 90 ", "within: 45 ")
    assert hasty != FILE.read_text()
    file.write_text(hasty)
    served.tell(webhook.url, file)
    run = served.start("retraining/weekly", **DEMO, training='{"epochs": 60}')
    process = served.process_of_run()

    def heart_beats() -> bool:
        beats = EventFilter(
            event=EventNameFilter(name=["prefect.flow-run.heartbeat"]),
            resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]),
        )
        return bool(served.client.read_events(beats, limit=1).events)

    wait_for(heart_beats)
    served.worker.kill()
    served.worker.wait()
    os.kill(process, signal.SIGKILL)
    try:
        assert served.end_of(run).state_name == "Crashed"
        told = wait_for(lambda: webhook.told, 60)
        assert told[0]["subject"] == "Wine points: a run ended in Crashed"
        assert "No heartbeat" in told[0]["body"]
    finally:
        served.start_worker()


def test_automations_are_not_doubled_and_wait_for_their_block(
    served: Served, webhook: Webhook
) -> None:
    served.tell(webhook.url)
    apply_automations(served.client)
    names = [automation.name for automation in served.client.read_automations()]
    assert len(names) == len(set(names))
    block = served.client.read_block_document_by_name("wine-points-alerts", "custom-webhook")
    served.client.delete_block_document(block.id)
    assert len(apply_automations(served.client).waiting) == 3


def test_housekeeping_takes_nothing_that_a_retraining_under_way_needs(
    served: Served, promoted: Promoted
) -> None:
    for path in served.store.rglob("*"):
        os.utime(path, (1, 1))
    unused = list(served.store.glob("train/*"))
    run = served.start("retraining/weekly", **DEMO, training='{"epochs": 16}')
    wait_for(lambda: list(served.store.glob(".work/train/*/resume/*")))
    # No record protects what the run has found so far; that it was found lately does.
    pruned = served.watch("housekeeping/weekly", keep_runs=0)
    assert pruned.state_name == "Pruned"
    assert not any(path.exists() for path in unused)
    assert f"| train | {len(unused)} |" in served.artifacts_of(pruned)["housekeeping"]
    ended = served.end_of(run)
    assert ended.state_name in ("KeptChampion", "Promoted")
    assert pruned.end_time < ended.end_time


def test_a_schedule_fires_and_finds_nothing_new_in_another_deployment(
    served: Served, promoted: Promoted
) -> None:
    words = ["deploy", "flows/retraining.py:retraining", "--name", "ticking", "--pool", WORK_POOL]
    given = DEMO | READ_SO | {"store": promoted.store}
    parameters = [f"--param={key}={value}" for key, value in given.items()]
    words += ["--interval", "10", "--concurrency-limit", "1"]
    answer = served.prefect(*words, *parameters, cwd=ROOT)
    assert answer.code == 0, answer.output
    ticking = served.deployment("retraining/ticking").id
    chosen = FlowRunFilter(deployment_id={"any_": [ticking]})

    def two() -> list[FlowRun]:
        ended = [run for run in served.runs(chosen) if run.state and run.state.is_final()]
        return ended if len(ended) > 1 else []

    for run in wait_for(two):
        assert run.state_name == "Unchanged"
        tasks = served.tasks_of(run)
        assert {name for name, state in tasks.items() if state != "Cached"} == {"fetch_source"}
    served.client.delete_deployment(ticking)
