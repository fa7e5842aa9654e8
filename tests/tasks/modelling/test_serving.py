from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tasks.modelling.network import build_network, join_text
from tasks.modelling.serving import BATCH_SIZE, load_model, predict
from tasks.modelling.tokens import make_vectorizer
from tasks.parameters import NetworkParameters, VectorizerParameters

WORDS = ["firm", "soft", "bright", "dull"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    vectorizer = make_vectorizer(VectorizerParameters(vocabulary_size=6, sequence_length=5), WORDS)
    shape = NetworkParameters(embedding_units=4, lstm_units=3)
    path = tmp_path_factory.mktemp("model") / "model.keras"
    join_text(vectorizer, build_network(shape, 6, 88.0)).save(path)
    return path


def test_a_loaded_model_reads_raw_strings_of_any_kind(saved: Path) -> None:
    texts = ["Firm, bright.", "", "☃" * 50, "x " * 10_000, "\u202eright", "!!!", "a\nb"]
    predicted = predict(load_model(saved), texts)
    assert predicted.shape == (len(texts),)
    assert np.isfinite(predicted).all()


def test_a_prediction_does_not_depend_on_its_neighbours_or_their_number(saved: Path) -> None:
    model = load_model(saved)
    texts = [" ".join(np.random.default_rng(n).choice(WORDS, 4)) for n in range(BATCH_SIZE + 10)]
    together = predict(model, texts)
    assert predict(model, texts[:3]).tolist() == together[:3].tolist()
    assert predict(model, texts[-1:]).tolist() == pytest.approx(together[-1:].tolist(), abs=1e-4)
    assert predict(model, []).shape == (0,)


def test_two_loads_predict_the_same(saved: Path) -> None:
    texts = ["firm", "soft dull"]
    assert (predict(load_model(saved), texts) == predict(load_model(saved), texts)).all()


def test_a_file_with_code_in_it_is_refused(tmp_path: Path) -> None:
    text = keras.Input((1,), dtype="float32")
    path = tmp_path / "model.keras"
    keras.Model(text, keras.layers.Lambda(lambda x: x * 2)(text)).save(path)
    with pytest.raises(ValueError, match="safe"):
        load_model(path)
