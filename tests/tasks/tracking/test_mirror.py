"""The history of the store in MLflow: what it gets, when it fails, and that nothing comes twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tasks.champions.manual_promotion import roll_back
from tasks.configuration.errors import TrackingError
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tasks.tracking.mirror import mirror_history, mirror_if_asked
from tests.champions import LINEAGE, current_version, keep, promote_version, write_sources
from tests.tracking import Tracking

pytestmark = pytest.mark.heavy

A, B, C = "a" * 16, "b" * 16, "c" * 16
UNREACHABLE = "http://someone:s3cret@127.0.0.1:9"


def test_the_alias_follows_the_champion(any_store: Store, tracking: Tracking) -> None:
    def champion_after_mirroring() -> str:
        mirror_history(any_store)
        champion = tracking.champion()
        assert champion.tags["version"] == current_version(any_store)
        return champion.tags["version"] + " " + champion.tags["how"]

    promote_version(any_store, A)
    assert champion_after_mirroring() == f"{A} decision"
    keep(any_store, B)
    assert champion_after_mirroring() == f"{A} decision"
    promote_version(any_store, C)
    assert champion_after_mirroring() == f"{C} decision"
    # The file of a candidate that was kept off comes to MLflow with its promotion by hand.
    promote_version(any_store, B, kind="promotion by hand", reason="better on Riesling")
    assert champion_after_mirroring() == f"{B} promotion by hand"
    assert tracking.champion().tags["reason"] == "better on Riesling"
    roll_back(any_store, "no, it is not", A)
    assert champion_after_mirroring() == f"{A} rollback"
    assert tracking.champion().tags["event"] == "5"
    assert tracking.versions() == [A, C, B]
    assert [run.data.tags["version"] for run in tracking.runs()] == [A, B, C]


def test_what_is_there_is_not_written_again(any_store: Store, tracking: Tracking) -> None:
    promote_version(any_store, A)
    keep(any_store, B)
    assert (
        mirror_history(any_store) == f"2 runs added at sqlite://…, the alias champion is now on {A}"
    )
    before = [run.to_dictionary() for run in tracking.runs()]
    assert (
        mirror_history(any_store) == f"0 runs added at sqlite://…, the alias champion stays on {A}"
    )
    assert [run.to_dictionary() for run in tracking.runs()] == before
    assert tracking.versions() == [A]


def test_a_run_holds_the_figures_and_settings_of_its_decision(
    store: Store, tracking: Tracking, tmp_path: Path
) -> None:
    intervals = [{"level": "80", "coverage": 0.81, "coverage_unseen": None}]
    intervals[0]["half_width"] = 1.5
    contents = {
        "model.keras": b"weights",
        "figures.json": json.dumps({"intervals": intervals}).encode(),
        "known.parquet": b"digests of all texts",
        "sample.parquet": b"reviews",
    }
    lineage = LINEAGE | {
        "outputs": {},
        "parameters": {"train": {"parameters": {"epochs": 3}, "network": {"lstm_units": 4}}},
        "code": {"tasks/train.py": "f" * 64},
        "libraries": {"keras": "3.15.1", "numpy": "2.4.6"},
    }
    baselines = {"ridge": {"test_mae": 2.0, "test_mae_unseen": None}}
    event = promote_version(
        store,
        A,
        write_sources(tmp_path / "made", contents),
        lineage=lineage,
        metrics={"test_mae": 1.25, "baselines": baselines},
    )
    mirror_history(store)
    (run,) = tracking.runs()
    assert run.info.run_name == A
    assert run.info.status == "FINISHED"
    assert run.data.params == {"train.parameters.epochs": "3", "train.network.lstm_units": "4"}
    assert run.data.metrics == {
        "test_mae": 1.25,
        "baselines.ridge.test_mae": 2.0,
        "interval_80.coverage": 0.81,
        "interval_80.half_width": 1.5,
    }
    tags = run.data.tags
    assert (tags["verdict"], tags["reason"]) == ("Promoted", event.reason)
    assert (tags["data_sha256"], tags["contract_version"]) == ("d", "1.0.0")
    assert tags["champion_after"] == A
    assert "champion_before" not in tags
    assert tags["libraries"] == "keras 3.15.1, numpy 2.4.6"
    held = {file.path for file in tracking.client.list_artifacts(run.info.run_id)}
    assert held == {"00000001.json", "figures.json", "model.keras"}
    assert tracking.download(tmp_path / "got").read_bytes() == b"weights"


def test_of_two_that_mirror_at_once_the_second_finds_it_done(
    store: Store, tracking: Tracking
) -> None:
    promote_version(store, A)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(mirror_history, [store, store]))
    assert sorted(line[:12] for line in told) == ["0 runs added", "1 run added "]
    assert len(tracking.runs()) == 1
    assert tracking.versions() == [A]


STEPS = [
    "create_registered_model",
    "create_experiment",
    "create_run",
    "log_batch",
    "log_artifact",
    "create_model_version",
    "set_terminated",
    "set_model_version_tag",
    "set_registered_model_alias",
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_what_was_cut_off_at_a_step_is_gone_on_with(
    store: Store, tracking: Tracking, monkeypatch: pytest.MonkeyPatch, step: str, done: bool
) -> None:
    from mlflow import MlflowClient

    real: Callable[..., Any] = getattr(MlflowClient, step)

    def cut(*args: Any, **kwargs: Any) -> None:
        if done:
            real(*args, **kwargs)
        raise KeyboardInterrupt

    promote_version(store, A)
    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, step, cut)
        with pytest.raises(KeyboardInterrupt):
            mirror_history(store)
    mirror_history(store)
    (run,) = tracking.runs()
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {"rows": 1000, "test_mae": 1.25}
    history = tracking.client.get_metric_history(run.info.run_id, "test_mae")
    assert len(history) == 1
    assert tracking.versions() == [A]
    assert tracking.champion().tags["version"] == A


def test_what_an_unreachable_server_missed_is_caught_up(
    store: Store, tracking: Tracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote_version(store, A)
    with monkeypatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", UNREACHABLE)
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        told = mirror_if_asked(store)
    assert told is not None
    assert told.startswith("MLflow at http://127.0.0.1:9 failed (the server refuses it)")
    assert "updates MLflow" in told
    assert current_version(store) == A
    promote_version(store, B)
    assert (mirror_if_asked(store) or "").startswith("2 runs added at sqlite://…")
    assert tracking.versions() == [A, B]


def test_a_champion_whose_file_is_damaged_is_registered_once_it_is_restored(
    store: Store, tracking: Tracking
) -> None:
    event = promote_version(store, A)
    model = store.root / "champion" / "versions" / str(event.folder) / "model.keras"
    sound = model.read_bytes()
    model.unlink()
    model.write_bytes(b"rot")
    for _ in range(2):
        told = mirror_if_asked(store)
        assert told is not None
        assert "the champion's copies are damaged or missing" in told
        assert tracking.versions() == []
    model.write_bytes(sound)
    assert mirror_history(store).startswith("0 runs added at sqlite://…, the alias champion is now")
    (run,) = tracking.runs()
    assert len(tracking.client.get_metric_history(run.info.run_id, "test_mae")) == 1
    assert tracking.champion().tags["version"] == A


def test_a_second_store_does_not_take_the_alias_of_the_first(
    store: Store, tracking: Tracking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote_version(store, A)
    mirror_history(store)
    other = open_store(str(tmp_path / "other" / "store"))
    other.create()
    promote_version(other, B)
    with pytest.raises(TrackingError, match="follows the champion of another store"):
        mirror_history(other)
    assert tracking.champion().tags["version"] == A
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "riesling")
    mirror_history(other)
    assert tracking.champion("riesling").tags["version"] == B
    assert [len(tracking.runs(name)) for name in ("wine-points", "riesling")] == [1, 1]


def test_a_store_without_a_decision_makes_nothing(store: Store, tracking: Tracking) -> None:
    assert mirror_history(store) == "nothing was decided yet"
    assert tracking.client.search_registered_models() == []


def test_before_the_first_champion_there_is_no_alias(store: Store, tracking: Tracking) -> None:
    keep(store, A)
    assert mirror_history(store) == "1 run added at sqlite://…, there is no champion yet"
    assert tracking.client.get_registered_model("wine-points").aliases == {}
