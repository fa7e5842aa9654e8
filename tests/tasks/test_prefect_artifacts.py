from __future__ import annotations

import json
import re

import pytest

from tasks import prefect_artifacts
from tasks.engine.run import Run
from tasks.engine.store import Store
from tasks.modelling.progress_bar import ProgressBar
from tasks.prefect_artifacts import list_metrics
from tasks.summary import RetrainingSummary, Summary, record_run
from tasks.verdicts import Verdict


def retrained(verdict: Verdict, test_mae: float | None) -> RetrainingSummary:
    baselines = {"ridge": {"test_mae": 1.6, "test_mae_unseen": None}}
    return RetrainingSummary(verdict=verdict, reason="", test_mae=test_mae, baselines=baselines)


def test_the_metrics_of_retrainings_stand_in_the_order_of_their_ends(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(store, "reviews.csv")
    folder = store.root / "runs"
    for number, mae in enumerate((1.5, None, 1.4, 1.3)):
        record_run(run, retrained(Verdict.KEPT_CHAMPION, mae))
        # Runs that ended within one second would stand in any order.
        (newest,) = [path for path in folder.iterdir() if not path.name.startswith("number")]
        newest.rename(folder / f"number-{number}.json")
    (folder / "number-9.json").write_text("cut o")
    record_run(run, Summary(verdict=Verdict.SCORED, reason=""))
    monkeypatch.setattr(prefect_artifacts, "RUNS_SHOWN", 2)
    rows = list_metrics(run)
    assert [row["MAE"] for row in rows] == [1.3, 1.4]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", rows[0].pop("ended"))
    assert list(rows[0].items()) == [
        ("source", "reviews.csv"),
        ("verdict", "KeptChampion"),
        ("MAE", 1.3),
        ("MAE unseen", None),
        ("ridge MAE", 1.6),
        ("ridge MAE unseen", None),
    ]


def test_a_record_keeps_no_metrics_where_nothing_was_measured(store: Store) -> None:
    record_run(Run(store, "demo"), Summary(verdict=Verdict.ACCEPTED, reason=""))
    (record,) = (store.root / "runs").iterdir()
    assert "metrics" not in json.loads(record.read_bytes())


def test_outside_a_task_there_is_no_bar() -> None:
    ProgressBar(3).show(1)
