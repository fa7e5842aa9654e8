"""A trial: its limits stop it, a kill does not lose it, and a divergence is a result."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from tasks.configuration.errors import TrainingError
from tasks.configuration.parameters import (
    NetworkParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.modelling import fitting, network_training
from tasks.storage.store import Store
from tasks.trial import RESULT, run_trial
from tests.contracts import WINE
from tests.reported_runs import make_reviews, publish

pytestmark = pytest.mark.heavy

VECTORIZER = VectorizerParameters(vocabulary_size=50, sequence_length=20)
NETWORK = NetworkParameters(embedding_units=4, lstm_units=3)
TRAINING = TrainingParameters(epochs=4, batch_size=32, device="cpu", deterministic=True)
TRAIN, VALIDATION = make_reviews(200).slice(0, 150), make_reviews(200).slice(150)
STOP_AFTER_TWO = [None, 0.0, None]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fitting, network_training):
        monkeypatch.setattr(module, "get_run_logger", lambda: logging.getLogger("test"))


def attempt(store: Store, limits: list[float | None], address: str = "0") -> dict[str, Any]:
    sides = publish(store, "split", {"train.parquet": TRAIN, "validation.parquet": VALIDATION}, {})
    words = publish(store, "vectorize", {"vocabulary.json": ["the", "a", "wine"]}, {})
    with store.workspace("trial", address * 32) as workspace:
        output = run_trial.__wrapped__(
            *(workspace, sides, sides, words, WINE.dataset, VECTORIZER, NETWORK, TRAINING, limits)
        )
        content: dict[str, Any] = json.loads((workspace.output / RESULT).read_bytes())
        assert [path.name for path in workspace.output.iterdir()] == [RESULT]
    assert output.facts == {name: content[name] for name in ("state", "validation_mae")}
    return content


def test_a_trial_is_complete_or_stopped_by_its_limits(store: Store) -> None:
    whole, stopped = attempt(store, []), attempt(store, STOP_AFTER_TWO, "1")
    assert (whole["state"], len(whole["maes"])) == ("complete", 4)
    assert stopped["state"] == "pruned"
    assert stopped["maes"] == whole["maes"][:2]
    assert stopped["validation_mae"] == min(whole["maes"][:2])
    lenient = attempt(store, [99.0, 99.0, 99.0], "2")
    assert lenient == whole


def test_a_killed_trial_goes_on_to_the_same_result(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = attempt(store, [])

    def kill_in_third_epoch(*arguments: Any) -> tuple[float, float]:
        if arguments[-1] == 2:
            raise KeyboardInterrupt
        return epoch(*arguments)

    epoch = fitting.fit_epoch
    monkeypatch.setattr(fitting, "fit_epoch", kill_in_third_epoch)
    with pytest.raises(KeyboardInterrupt):
        attempt(store, [], "1")
    epochs = list[int]()
    monkeypatch.setattr(fitting, "fit_epoch", lambda *a: epochs.append(a[-1]) or epoch(*a))
    assert attempt(store, [], "1") == whole
    assert epochs == [2, 3]


def test_a_training_that_diverges_is_a_result(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_: Any) -> tuple[float, float]:
        raise TrainingError("the training diverged in epoch 1")

    monkeypatch.setattr(fitting, "fit_epoch", diverge)
    content = attempt(store, [])
    assert (content["state"], content["validation_mae"]) == ("diverged", None)
    assert "diverged in epoch 1" in content["reason"]
