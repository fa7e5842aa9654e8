from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tasks.configuration.parameters import VectorizerParameters
from tasks.modelling.network import build_network, join_text
from tasks.modelling.output_scale import OutputScale
from tasks.modelling.serving import BATCH_SIZE, load_model, predict
from tasks.modelling.vectorizer import make_vectorizer
from tests.contracts import POINTS, SHARE
from tests.networks import PLAIN, WHOLE

pytestmark = pytest.mark.heavy

WORDS = ["firm", "soft", "bright", "dull"]


@pytest.fixture(scope="module", params=[(PLAIN, "strip"), (WHOLE, "keep")], ids=["plain", "whole"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape, signs = request.param
    read = VectorizerParameters(vocabulary_size=6, sequence_length=5, punctuation=signs)
    vectorizer = make_vectorizer(read, WORDS)
    path = tmp_path_factory.mktemp("model") / "model.keras"
    scale = OutputScale(POINTS, 88.0, 1.0)
    join_text(vectorizer, build_network(shape, 6), scale, POINTS.scale).save(path)
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
    assert predict(model, texts[:3]) == pytest.approx(together[:3], abs=1e-4)
    assert predict(model, texts[-1:]) == pytest.approx(together[-1:], abs=1e-4)
    assert predict(model, []).shape == (0,)


def test_batches_cut_to_their_longest_text_predict_as_the_whole_model_does(saved: Path) -> None:
    model = load_model(saved)
    texts = [" ".join(np.random.default_rng(n).choice(WORDS, n % 9)) for n in range(BATCH_SIZE * 2)]
    whole = model.predict_on_batch(keras.ops.convert_to_tensor([[text] for text in texts]))
    assert predict(model, texts) == pytest.approx(whole[:, 0], abs=1e-4)


def make_two_readers() -> keras.Model:
    """A model whose network reads words and pairs of words, on masks of their own."""
    layers, ops = keras.layers, keras.ops
    text = keras.Input((1,), dtype="string", name="text")
    words = layers.TextVectorization(output_sequence_length=9, vocabulary=WORDS, name="words")
    pairs = layers.TextVectorization(
        output_sequence_length=12, ngrams=2, vocabulary=["firm soft", *WORDS], name="pairs"
    )
    one, two = (keras.Input((None,), dtype="int32") for _ in range(2))
    read = layers.Bidirectional(layers.LSTM(3))(layers.Embedding(6, 4, mask_zero=True)(one))
    known = ops.cast(ops.not_equal(two, 0), "float32")[:, :, None]
    counted = ops.sum(layers.Embedding(7, 1)(two) * known, axis=1)
    network = keras.Model([one, two], layers.Dense(1)(read) + counted)
    tokens = [ops.cast(layer(text), "int32") for layer in (words, pairs)]
    return keras.Model(text, network(tokens))


def test_a_network_of_several_inputs_is_cut_at_the_longest_of_them() -> None:
    model = make_two_readers()
    texts = ["firm soft dull bright", "firm", "", *["dull soft " * (n % 7) for n in range(600)]]
    whole = model.predict_on_batch(keras.ops.convert_to_tensor([[text] for text in texts]))
    assert predict(model, texts) == pytest.approx(whole[:, 0], abs=1e-4)


def test_a_model_of_another_make_is_refused() -> None:
    numbers = keras.Input((3,))
    with pytest.raises(ValueError, match="does not read one string a row"):
        predict(keras.Model(numbers, keras.layers.Dense(1)(numbers)), ["firm"])


def test_no_estimate_goes_beyond_the_points_of_training(tmp_path: Path) -> None:
    read = VectorizerParameters(vocabulary_size=6, sequence_length=5)
    network = build_network(WHOLE, 6)
    path = tmp_path / "model.keras"
    for center, end in ((110.0, 97.0), (70.0, 81.0)):
        scale = OutputScale(POINTS, center, 1.0)
        join_text(make_vectorizer(read, WORDS), network, scale, (81.0, 97.0)).save(path)
        assert predict(load_model(path), ["firm", "soft dull"]).tolist() == [end, end]


def test_a_saved_model_predicts_in_units_of_the_target(tmp_path: Path) -> None:
    read = VectorizerParameters(vocabulary_size=6, sequence_length=5)
    vectorizer, network = make_vectorizer(read, WORDS), build_network(WHOLE, 6, seed=3)
    texts = ["firm", "soft dull", ""]
    outputs = network.predict(vectorizer(np.array(texts)), verbose=0)[:, 0]
    assert len(set(outputs.tolist())) == 3
    scale = OutputScale(SHARE, 0.5, 0.125)
    join_text(vectorizer, network, scale, (-9.0, 9.0)).save(tmp_path / "model.keras")
    predicted = predict(load_model(tmp_path / "model.keras"), texts)
    assert predicted == pytest.approx(0.5 + 0.125 * outputs, abs=1e-6)


def test_two_loads_predict_the_same(saved: Path) -> None:
    texts = ["firm", "soft dull"]
    assert (predict(load_model(saved), texts) == predict(load_model(saved), texts)).all()


def test_a_file_with_code_in_it_is_refused(tmp_path: Path) -> None:
    text = keras.Input((1,), dtype="float32")
    path = tmp_path / "model.keras"
    keras.Model(text, keras.layers.Lambda(lambda x: x * 2)(text)).save(path)
    with pytest.raises(ValueError, match="safe"):
        load_model(path)
