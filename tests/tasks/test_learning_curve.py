from __future__ import annotations

import json
import re
import string
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.configuration.parameters import (
    BaselineParameters,
    LearningCurveParameters,
    NetworkParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.learning_curve import measure_learning_curve
from tasks.modelling import fitting, network_training
from tasks.modelling.ridge import predict_with_ridge
from tasks.modelling.rounding import round_to_step
from tasks.modelling.sides import choose_sample
from tasks.modelling.texts import DIGESTS
from tasks.storage.store import Store
from tests.contracts import WINE
from tests.reported_runs import make_reviews, publish
from tests.stored_tables import store_table

pytestmark = pytest.mark.heavy

VECTORIZER = VectorizerParameters(vocabulary_size=500, sequence_length=20)
NETWORK = NetworkParameters(embedding_units=8, lstm_units=4)
TRAINING = TrainingParameters(epochs=2, batch_size=32, device="cpu", learning_rate=1e-2)
PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")
BASELINES = BaselineParameters()
TRAIN, VALIDATION = make_reviews(400).slice(0, 300), make_reviews(400).slice(300)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    import logging

    for module in (fitting, network_training):
        monkeypatch.setattr(module, "get_run_logger", lambda: logging.getLogger("test"))


def measure(store: Store, *fractions: float) -> list[dict[str, Any]]:
    train = publish(store, "split", {"train.parquet": TRAIN, "validation.parquet": VALIDATION}, {})
    trained = publish(store, "train", {"model.keras": 0}, {"validation_mae": 1.25})
    with store.workspace("learning_curve", "0" * 32) as workspace:
        output = measure_learning_curve.__wrapped__(
            *(workspace, train, train, trained, WINE.dataset, VECTORIZER, NETWORK, TRAINING),
            *(BASELINES, LearningCurveParameters(fractions=fractions)),
        )
        curve = json.loads((workspace.output / "learning_curve.json").read_bytes())
    assert output.facts == {"parts": len(curve)}
    return list(curve)


def ridge_mae(folder: Path, train: pa.Table) -> float:
    stored = (store_table(folder, table) for table in (train, VALIDATION))
    estimated = predict_with_ridge(*stored, WINE.dataset, BASELINES)
    errors = round_to_step(estimated, WINE.dataset.target) - VALIDATION["points"].to_numpy()
    return float(np.abs(errors).mean())


def test_each_part_is_measured_and_the_whole_is_not_trained_again(store: Store) -> None:
    quarter, half, whole = measure(store, 0.5, 0.25)
    assert [part["rows"] for part in (quarter, half, whole)] == [75, 150, 300]
    assert whole["network"] == 1.25
    assert whole["ridge"] == ridge_mae(store.root, TRAIN)
    chosen = choose_sample(TRAIN[DIGESTS], 150, 0)
    assert half["ridge"] == ridge_mae(store.root, TRAIN.filter(pa.array(chosen)))
    assert all(0 < part["network"] < 20 for part in (quarter, half))
    assert quarter["network"] != half["network"]


def test_a_larger_part_contains_the_smaller_ones(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[set[str]] = []

    def note(data: Any, *_: Any) -> Any:
        trained.append(set(data.train.read()["description"].to_pylist()))
        plain = (PUNCTUATION.sub("", text.lower()) for text in trained[-1])
        assert set(data.words) <= {word for text in plain for word in text.split()}
        raise InterruptedError

    monkeypatch.setattr(network_training, "train", note)
    for fraction in (0.25, 0.5):
        with pytest.raises(InterruptedError):
            measure(store, fraction)
    assert trained[0] < trained[1]


def test_the_smallest_part_has_a_review(store: Store) -> None:
    assert measure(store, 0.001)[0]["rows"] == 1
