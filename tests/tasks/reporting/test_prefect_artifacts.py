from __future__ import annotations

import os
from unittest.mock import Mock

import pytest

from tasks.configuration.verdicts import Verdict
from tasks.engine.run import Run
from tasks.modelling.progress_bar import ProgressBar
from tasks.reporting import metrics_over_runs
from tasks.reporting.metrics_over_runs import PAGE, has_metrics_page, keep_metrics_page
from tasks.reporting.run_records import read_retrainings, record_run
from tasks.reporting.summary import RetrainingSummary
from tasks.storage.run_names import RUNS
from tasks.storage.store import Store


def retrain(store: Store, verdict: Verdict) -> str | None:
    """Note a retraining, and show what it measured."""
    mae = None if verdict == Verdict.DATA_REJECTED else 1.5
    run = Run(store, "reviews.csv")
    record_run(run, RetrainingSummary(verdict=verdict, reason="", test_mae=mae))
    return keep_metrics_page(run, read_retrainings(store.records))


def test_the_page_is_drawn_when_it_changed_and_only_then(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = any_store.records
    place = retrain(any_store, Verdict.PROMOTED)
    assert place == records.place(PAGE)
    first = records.read(PAGE) or b""
    assert b"1 Promoted" in first
    draw = Mock(wraps=metrics_over_runs._draw)
    monkeypatch.setattr(metrics_over_runs, "_draw", draw)
    # The times are given: a bucket's clock knows whole seconds.
    monkeypatch.setattr(records, "last_used", lambda name: 2 if name == PAGE else 1)
    assert retrain(any_store, Verdict.UNCHANGED) == place
    assert draw.call_count == 0
    monkeypatch.setattr(records, "last_used", lambda name: 1 if name == PAGE else 2)
    retrain(any_store, Verdict.DATA_REJECTED)
    assert draw.call_count == 1
    assert b"1 DataRejected" in (records.read(PAGE) or b"")
    assert all(name.endswith(".json") for name in records.names(RUNS))


def test_a_page_that_was_removed_is_drawn_by_a_run_that_found_nothing_new(store: Store) -> None:
    retrain(store, Verdict.PROMOTED)
    assert has_metrics_page(store)
    (store.root / PAGE).unlink()
    assert not has_metrics_page(store)
    retrain(store, Verdict.UNCHANGED)
    assert has_metrics_page(store)
    assert b"1 Promoted" in (store.root / PAGE).read_bytes()


def test_a_record_of_the_same_second_as_the_page_is_on_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    retrain(store, Verdict.PROMOTED)
    retrainings = read_retrainings(store.records)
    for name in (PAGE, retrainings.newest):
        os.utime(store.root / name, (1, 1))
    draw = Mock()
    monkeypatch.setattr(metrics_over_runs, "_draw", draw)
    keep_metrics_page(Run(store, "reviews.csv"), retrainings)
    assert draw.call_count == 1


def test_no_run_fails_for_the_page(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = Mock()
    monkeypatch.setattr(metrics_over_runs, "get_run_logger", lambda: logger)
    (store.root / PAGE).mkdir(parents=True)
    (store.root / PAGE / "file").touch()
    with monkeypatch.context() as patch:
        patch.setattr(metrics_over_runs, "_draw", Mock(side_effect=ValueError("no font")))
        patch.setattr(store.records, "last_used", lambda name: float(name != PAGE))
        assert retrain(store, Verdict.PROMOTED) is None
        ((line, *values),) = (call.args for call in logger.warning.call_args_list)
        assert line % tuple(values) == (
            f"{store.root / PAGE} was not drawn, the next run will try again: ValueError: no font"
        )
        logger.reset_mock()
    monkeypatch.setattr(store.records, "last_used", lambda name: float(name != PAGE))
    assert retrain(store, Verdict.PROMOTED) is None
    assert logger.warning.call_count == 1


def test_where_nothing_was_decided_there_is_no_page(store: Store) -> None:
    assert retrain(store, Verdict.UNCHANGED) is None
    assert not (store.root / PAGE).exists()


def test_outside_a_task_there_is_no_bar() -> None:
    ProgressBar(3).show(1)
