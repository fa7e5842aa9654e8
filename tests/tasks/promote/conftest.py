"""A run whose candidates are numbers; the champion's own code is asked about real files."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from prefect.logging import disable_run_logger

from tasks.champions.checks import Check
from tasks.engine.run import Run
from tasks.storage.artifacts import FileRecord
from tasks.storage.store import Store
from tests.numbered_candidates import (
    POINTS,
    SPOILT,
    TEXTS,
)


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, "reviews.csv")


@pytest.fixture(autouse=True)
def no_run_logger() -> Iterator[None]:
    """Let the promotion be called outside a flow."""
    with disable_run_logger():
        yield


@pytest.fixture(autouse=True)
def number_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the saved number stand for the model: it is how far its predictions are off."""
    from tasks import modelling
    from tasks.champions import comparison

    def load_model(path: Path) -> float:
        return float(json.loads(path.read_bytes()))

    def check_in_this_process(model: Path, record: FileRecord, sample: Path, _: float) -> Check:
        passed = record.matches(model) and load_model(model) != SPOILT and sample.exists()
        return Check(name="reproduces", denial="does not reproduce", passed=passed, detail="asked")

    class ResourceExhaustedError(Exception):
        """What TensorFlow raises without memory."""

    def predict(model: float, texts: list[str]) -> np.ndarray:
        return np.array([POINTS[TEXTS.index(text)] + model for text in texts])

    # TensorFlow itself takes seconds to import, and here predicts nothing.
    errors = SimpleNamespace(ResourceExhaustedError=ResourceExhaustedError)
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(errors=errors))
    name = "tasks.modelling.serving"
    spec = importlib.util.find_spec(name)
    serving = SimpleNamespace(
        load_model=load_model, Predictor=lambda model: partial(predict, model), __spec__=spec
    )
    monkeypatch.setitem(sys.modules, name, serving)
    monkeypatch.setattr(modelling, "serving", serving, raising=False)
    monkeypatch.setattr(comparison, "check_reproduction", check_in_this_process)
