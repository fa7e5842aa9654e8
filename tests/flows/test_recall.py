"""When a retraining may be answered from the store alone."""

from __future__ import annotations

import pytest

from flows import retraining
from tasks.configuration.verdicts import Verdict
from tasks.engine.run import NotStoredError, Run
from tasks.reporting.metrics_over_runs import keep_metrics_page
from tasks.reporting.run_records import read_retrainings, record_run
from tasks.reporting.summary import RetrainingSummary
from tasks.storage.run_names import RUNS
from tasks.storage.store import Store
from tasks.tracking.connection import TRACKING_URI


def summary(verdict: Verdict) -> RetrainingSummary:
    return RetrainingSummary(verdict=verdict, reason="", test_mae=1.5)


@pytest.fixture
def store(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in which a retraining was promoted and the page of metrics drawn."""
    run = Run(store, "reviews.csv")
    record_run(run, summary(Verdict.PROMOTED))
    keep_metrics_page(run, read_retrainings(store.records))
    return store


def recall(store: Store, monkeypatch: pytest.MonkeyPatch, verdict: Verdict) -> str:
    run = Run(store, "reviews.csv", recalling=True)
    monkeypatch.setattr(retraining, "_run_stages", lambda *_, **__: (run, summary(verdict)))
    return retraining.recall().verdict


def test_what_was_announced_is_answered_and_noted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recall(store, monkeypatch, Verdict.UNCHANGED) == Verdict.UNCHANGED
    assert len(store.records.names(RUNS)) == 2


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.UNCHANGED])
def test_a_verdict_that_people_were_not_told_is_left_to_a_run(
    store: Store, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    with pytest.raises(NotStoredError):
        recall(store, monkeypatch, verdict)
    assert len(store.records.names(RUNS)) == 1


@pytest.mark.parametrize("missing", ["page", "mlflow"])
def test_what_is_behind_is_left_to_a_run(
    store: Store, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "page":
        (store.root / RUNS / "metrics.html").unlink()
    else:
        monkeypatch.setenv(TRACKING_URI, "sqlite:///mlflow.db")
    with pytest.raises(NotStoredError):
        recall(store, monkeypatch, Verdict.UNCHANGED)
