"""Loading a saved model in safe mode, and predicting from raw strings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

BATCH_SIZE = 512

WINDOW_ROWS = 16_384
"""Number of rows that are vectorized and sorted by length at a time; takes some tens of MB."""


def load_model(path: Path) -> keras.Model:
    """Load a `.keras` file in Keras' safe mode, which runs no code from the file.

    Raises:
        ValueError: the file contains code, or is not a Keras model.
    """
    # Registers the function that the file names.
    import tasks.modelling.standardization  # noqa: F401

    return cast("keras.Model", keras.saving.load_model(path, compile=False, safe_mode=True))


def split_model(model: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """Split a saved model into vectorizer and network.

    Args:
        model: from strings (batch, 1) to estimates (batch, 1).

    Returns:
        A model from strings to arrays of token numbers (batch, any length), padded with 0 on the
        right; and the network, the last layer, which reads them. None if the last layer is not such
        a network.
    """
    steps = {step.name: step for step in model.operations}
    network = model.operations[-1]
    if not isinstance(network, keras.Model) or any(
        tuple(tokens.shape) != (None, None) for tokens in network.inputs
    ):
        return None
    called = {step["name"]: step["inbound_nodes"] for step in model.get_config()["layers"]}
    read = [steps[name].output for name in _names_of_inputs(called[network.name])]
    return keras.Model(model.input, read), network


def _names_of_inputs(described: Any) -> Iterator[str]:
    """Find the names of a layer's input layers in the `inbound_nodes` of its configuration."""
    if isinstance(described, dict) and described.get("class_name") == "__keras_tensor__":
        yield described["config"]["keras_history"][0]
    elif isinstance(described, dict):
        for key in sorted(described):
            yield from _names_of_inputs(described[key])
    elif isinstance(described, list | tuple):
        for part in described:
            yield from _names_of_inputs(part)


class Predictor:
    """Predicts the target from raw strings.

    Batches hold texts of similar length, and are cut to the longest. Without this the network would
    read the padding, which takes three times as long for reviews of 45 words in 100 places.
    """

    def __init__(self, model: keras.Model) -> None:
        """Prepare a model; see `split_model`.

        Raises:
            ValueError: the model's input is not one string for each row.
        """
        read = keras.tree.flatten(model.input)
        if [(tuple(t.shape), t.dtype) for t in read] != [((None, 1), "string")]:
            raise ValueError("the model does not read one string a row")
        parts = split_model(model)
        self._whole = model if parts is None else None
        if parts is not None:
            self._prepare(*parts)

    def _prepare(self, reader: keras.Model, network: keras.Model) -> None:
        inputs = [tf.TensorSpec((None, None), t.dtype) for t in network.inputs]
        strings = tf.TensorSpec((None, 1), tf.string)

        def judge(*tokens: tf.Tensor) -> tf.Tensor:
            return network(keras.tree.pack_sequence_as(network.input, tokens), training=False)

        self._read = tf.function(lambda texts: reader(texts)).get_concrete_function(strings)
        self._judge = tf.function(judge).get_concrete_function(*inputs)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Predict the target.

        The other rows of a batch change a prediction only by rounding errors, below 1e-4 of the
        target's standard deviation.

        Args:
            texts: any strings.

        Returns:
            Estimates, (rows,).
        """
        starts = range(0, len(texts), WINDOW_ROWS)
        windows = [self._predict_window(texts[i : i + WINDOW_ROWS]) for i in starts]
        return np.concatenate([np.zeros(0), *windows])

    def _predict_window(self, texts: Sequence[str]) -> NDArray[np.float64]:
        texts = tf.constant(np.array(texts, dtype=object)[:, None], tf.string)
        if self._whole is not None:
            estimates: NDArray[np.float64] = self._whole.predict(texts, BATCH_SIZE, verbose=0)
            return estimates[:, 0].astype(float)
        inputs = [tokens.numpy() for tokens in keras.tree.flatten(self._read(texts))]
        lengths = np.max([_count_places(tokens) for tokens in inputs], axis=0)
        order = np.argsort(lengths, kind="stable")
        predicted = np.zeros(len(order))
        for start in range(0, len(order), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            longest = max(1, int(lengths[rows].max()))
            judged = self._judge(*(tf.constant(tokens[rows, :longest]) for tokens in inputs))
            predicted[rows] = judged.numpy()[:, 0]
        return predicted


def _count_places(tokens: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the position after the last token in each row of (rows, length)."""
    places = np.where(tokens != 0, np.arange(1, tokens.shape[1] + 1), 0)
    longest: NDArray[np.int64] = places.max(axis=1)
    return longest


def predict(model: keras.Model, texts: Sequence[str]) -> NDArray[np.float64]:
    """Predict the target from raw strings; see `Predictor`."""
    return Predictor(model)(texts)
