"""Ctrl-C that strikes where Python can only print it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from data_contracts.contract import load_contract
from tasks.configuration.parameters import TrainingParameters
from tasks.engine import interrupts, stages
from tasks.engine.interrupts import note_interrupts, was_interrupted
from tasks.engine.run import Run
from tasks.modelling import fitting
from tasks.modelling.output_scale import OutputScale
from tasks.storage.store import Store

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Finalized:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    note_interrupts()
    yield
    interrupts._interrupted.clear()
    signal.signal(signal.SIGINT, before)


def swallow_an_interrupt() -> None:
    finalized = Finalized()
    del finalized
    assert was_interrupted()


def test_the_next_stage_does_not_begin(store: Store) -> None:
    never = Mock()
    swallow_an_interrupt()
    with pytest.raises(KeyboardInterrupt):
        stages._run_task(Run(store, "demo"), "split", never, (), {})
    never.assert_not_called()


def test_the_next_epoch_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    progress = SimpleNamespace(network=None, history=[], epochs_without_gain=0, seconds=1.0)

    def fit_epoch(*_: object) -> tuple[float, float]:
        progress.history.append({})
        swallow_an_interrupt()
        return 0.0, 0.0

    monkeypatch.setattr(fitting, "fit_epoch", fit_epoch)
    monkeypatch.setattr(fitting, "get_run_logger", Mock())
    progress.note_epoch = Mock()
    scale = OutputScale(load_contract().dataset.target, center=88.0, unit=1.0)
    with pytest.raises(KeyboardInterrupt):
        fitting.fit_network(progress, None, None, scale, TrainingParameters(epochs=3))  # type: ignore[arg-type]
    assert len(progress.history) == 1
    progress.note_epoch.assert_called_once()


def test_without_an_interrupt_all_goes_on() -> None:
    interrupts.check_interrupt()
