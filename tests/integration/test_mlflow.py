"""A whole run with MLflow's own store beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tasks.champions.champion import ChampionRegistry
from tasks.modelling.model_file import MODEL
from tasks.sources.demo_reviews import make_demo_reviews
from tasks.storage.opening import open_store
from tests.commands import finish, start_retraining
from tests.tracking import NAME, Tracking
from tests.trained_stores import GOOD

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


def test_a_run_its_figures_and_its_model_come_to_mlflow(
    tracking: Tracking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.modelling.serving import load_model, predict

    # The command runs in the project's folder; MLflow would put its artifacts there.
    tracking.client.create_experiment(NAME, artifact_location=str(tmp_path / "artifacts"))
    store = tmp_path / "store"
    # MLflow is away when the champion is made; a run that changes nothing catches up.
    away = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    promoted = finish(start_retraining(store, *GOOD, env=away))
    assert (promoted.code, promoted.answer["verdict"]) == (0, "Promoted"), promoted.errors[-2000:]
    assert promoted.answer["mlflow"].startswith(
        "MLflow at http://127.0.0.1:9 failed (the server refuses it)"
    )
    assert "urllib3" not in promoted.errors
    for verdict, runs in (("Unchanged", "1 run"), ("Unchanged", "0 runs")):
        ended = finish(start_retraining(store, *GOOD))
        assert ended.answer["verdict"] == verdict
        assert ended.answer["mlflow"].startswith(f"{runs} added"), ended.answer["mlflow"]
        assert ended.answer["mlflow"] in ended.errors
        assert ended.worked == set()
    (run,) = tracking.runs()
    assert run.data.metrics["test_mae"] == promoted.answer["test_mae"]
    assert run.data.metrics["interval_95.coverage"] > 0.8
    series = tracking.client.get_metric_history(run.info.run_id, "validation_mae")
    assert [metric.step for metric in series] == list(range(1, 9))
    assert run.data.metrics["best_validation_mae"] == min(metric.value for metric in series)
    assert run.data.params["train.parameters.epochs"] == "8"
    held = {file.path for file in tracking.client.list_artifacts(run.info.run_id)}
    assert held >= {"report.html", "decision.json", "figures.json", "intervals.json"}

    registry = ChampionRegistry(open_store(str(store)))
    champion = registry.current()
    assert champion
    assert tracking.champion().tags["version"] == champion.version
    got, own = tracking.download(tmp_path / "got"), registry.path_of(champion, MODEL)
    assert got.read_bytes() == own.read_bytes()
    texts = [review["description"] for review in make_demo_reviews(50, seed=1).to_pylist()]
    points = predict(load_model(got), texts)
    assert np.ptp(points) > 5
    assert 75 < points.min() < points.max() < 105
