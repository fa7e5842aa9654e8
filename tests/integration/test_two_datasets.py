"""Two contracts with their own schedules: one store, one Prefect server, one MLflow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun

from data_contracts.contract import read_contract
from flows.contract import main as contract
from tasks.champions.champion import ChampionRegistry
from tasks.sources.demo_reviews import make_demo_reviews
from tasks.storage.opening import open_store
from tasks.tracking.registry import name_experiment
from tests.commands import copy_project
from tests.served_deployments import Served, serving, wait_for
from tests.tracking import Tracking

pytestmark = pytest.mark.slow

SETTINGS: dict[str, dict[str, Any]] = {
    "vectorizer": {"vocabulary_size": 120},
    "network": {"embedding_units": 32, "lstm_units": 16},
    "training": {"epochs": 8, "learning_rate": 1e-2, "device": "cpu", "deterministic": True},
    "evaluation": {"bootstrap_samples": 100},
    "promotion": {"bootstrap_samples": 100},
}
PARAMETERS: dict[str, Any] = {name: json.dumps(value) for name, value in SETTINGS.items()} | {
    "preset": "demo"
}
BEERS, WINES = "retraining/beers", "retraining/weekly"
DEPLOYMENT = """
  - name: beers
    entrypoint: flows/retraining.py:retraining
    tags: [wine-points, retraining, scheduled]
    work_pool: *work_pool
    concurrency_limit: *one_at_a_time
    schedules:
      - cron: "0 7 * * 2"
    parameters: {{contract: {contract}, source: {source}, preset: auto}}
"""


@pytest.fixture(scope="module")
def beers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A contract, and a file of reviews from 0 to 10 in halves."""
    folder = tmp_path_factory.mktemp("beers")
    made = make_demo_reviews(3_000, seed=3)
    stars = pc.divide(pc.subtract(pc.cast(made["points"], pa.float64()), 80.0), 2.0)
    source, output = folder / "beers.csv", folder / "beers.odcs.yaml"
    pa_csv.write_csv(pa.table({"review": made["description"], "stars": stars}), source)
    words = ["draft", str(source), "--text=review", "--target=stars", f"--output={output}"]
    assert contract(words) == 0
    return output, source


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory, empty_tracking: Path) -> Iterator[Tracking]:
    with pytest.MonkeyPatch.context() as patch:
        yield Tracking(tmp_path_factory.mktemp("tracking"), empty_tracking, patch)


@pytest.fixture(scope="module")
def served(
    make_prefect_home: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
    beers: tuple[Path, Path],
    tracking: Tracking,
) -> Iterator[Served]:
    root = copy_project(tmp_path_factory.mktemp("project"))
    with (root / "prefect.yaml").open("a") as plans:
        plans.write(DEPLOYMENT.format(contract=beers[0], source=beers[1]))
    with serving(make_prefect_home("two-datasets"), root) as found:
        yield found


@pytest.fixture(scope="module")
def ended(served: Served) -> list[FlowRun]:
    """The runs of both deployments, at the same time."""
    demo = PARAMETERS | {"source": "demo", "fetch": json.dumps({"demo_rows": 3_000})}
    started = [served.start(BEERS, **PARAMETERS), served.start(WINES, **demo)]
    return [served.end_of(run) for run in started]


def test_each_dataset_has_its_champion_here_and_in_mlflow(
    served: Served, ended: list[FlowRun], beers: tuple[Path, Path], tracking: Tracking
) -> None:
    assert [run.state_name for run in ended] == ["Promoted", "Promoted"], served.log.read_text()
    store = open_store(str(served.store))
    for scope, source in ((read_contract(beers[0]).scope, "beers.csv"), ("", "demo")):
        registry = ChampionRegistry(store.scoped(scope))
        (event,) = registry.history()
        champion = registry.current()
        assert champion
        assert champion.version == event.version
        assert event.lineage["source"].endswith(source)
        name = name_experiment(scope)
        assert tracking.versions(name) == [champion.version]
        assert tracking.champion(name).tags["version"] == champion.version
        (run,) = tracking.runs(name)
        assert run.data.metrics["test_mae"] == event.metrics["test_mae"]


def test_each_new_champion_scores_the_file_that_it_was_trained_on(
    served: Served, ended: list[FlowRun], beers: tuple[Path, Path]
) -> None:
    scoring = FlowRunFilter(deployment_id={"any_": [served.deployment("scoring/on-demand").id]})

    def both() -> list[FlowRun]:
        runs = served.runs(scoring)
        return runs if len(runs) == 2 and all(r.state and r.state.is_final() for r in runs) else []

    runs = wait_for(both)
    assert {run.state_name for run in runs} == {"Scored"}
    assert {run.parameters["contract"] for run in runs} == {str(beers[0]), "wine_reviews"}
    files = served.store.rglob("scores.parquet")
    predicted = {name for file in files for name in pq.read_schema(file).names[:2]}
    assert predicted == {"row_number", "predicted_stars", "predicted_points"}


def test_each_dataset_keeps_its_schedule(served: Served) -> None:
    before = {name: served.deployment(name).schedules for name in (BEERS, WINES)}
    served.client.update_deployment_schedule(
        served.deployment(BEERS).id, before[BEERS][0].id, active=False
    )
    assert BEERS in served.deploy().output
    after = {name: served.deployment(name).schedules for name in (BEERS, WINES)}
    assert [schedule.active for schedule in after[BEERS]] == [False]
    assert [schedule.schedule for schedule in after[WINES]] == [
        schedule.schedule for schedule in before[WINES]
    ]
    assert all(schedule.active for schedule in after[WINES])
