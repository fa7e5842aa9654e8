"""The saved model at work: loaded in safe mode, fed raw strings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

BATCH_SIZE = 512

WINDOW_ROWS = 16_384
"""Rows that are sorted by length and held as token numbers at a time: enough for batches without
much padding, some tens of MB."""


def load_model(path: Path) -> keras.Model:
    """Load a `.keras` file in Keras' safe mode, which runs no code from the file.

    Raises:
        ValueError: the file holds code, or is no Keras model.
    """
    # Registers what the file names.
    import tasks.modelling.standardization  # noqa: F401

    return cast("keras.Model", keras.saving.load_model(path, compile=False, safe_mode=True))


class Parts(NamedTuple):
    """A saved model in two, where token numbers go from the vectorizer into the network.

    Attributes:
        read: from strings (batch, 1) to arrays of token numbers, int32 (batch, sequence length), 0
            pads on the right.
        judge: from those arrays, cut to any length on the right, to float32 (batch,) points.
    """

    read: Callable[[tf.Tensor], list[tf.Tensor]]
    judge: Callable[[list[tf.Tensor]], tf.Tensor]


def take_apart(model: keras.Model) -> Parts:
    """Part a saved model before its network.

    Args:
        model: from strings (batch, 1) to points (batch, 1); one of its steps is the network, a
            model itself, which reads one or several arrays of numbers of any length.

    Raises:
        ValueError: it is not made that way.
    """
    places = [i for i, step in enumerate(model.operations) if isinstance(step, keras.Model)]
    network = model.operations[places[0]] if len(places) == 1 else None
    if network is None or any(tuple(t.shape) != (None, None) for t in network.inputs):
        raise ValueError("the model holds no network that reads token numbers")
    steps = {step.name: step for step in model.operations}
    called = {step["name"]: step["inbound_nodes"] for step in model.get_config()["layers"]}
    tokens = [steps[name].output for name in _names_of_inputs(called[network.name])]
    reader = keras.Model(model.input, tokens)
    after = model.operations[places[0] + 1 :]
    finish = keras.Model(after[0].input, model.output) if after else None

    def judge(tokens: list[tf.Tensor]) -> tf.Tensor:
        said = network(keras.tree.pack_sequence_as(network.input, tokens), training=False)
        return (finish(said) if finish else said)[:, 0]

    return Parts(lambda strings: keras.tree.flatten(reader(strings)), judge)


def _names_of_inputs(described: Any) -> Iterator[str]:
    """Find in how a step is called, as Keras saves it, the names of the steps that feed it."""
    if isinstance(described, dict) and described.get("class_name") == "__keras_tensor__":
        yield described["config"]["keras_history"][0]
    elif isinstance(described, dict):
        for key in sorted(described):
            yield from _names_of_inputs(described[key])
    elif isinstance(described, list | tuple):
        for part in described:
            yield from _names_of_inputs(part)


class Predictor:
    """Predicts points from raw strings, in batches of similar length cut to their longest text.

    The network would else read each review's padding: on reviews of 45 words in a hundred places
    that takes three times as long.
    """

    def __init__(self, model: keras.Model) -> None:
        """Make the two halves of `model` ready; see `take_apart`."""
        parts = take_apart(model)
        strings = tf.TensorSpec((None, 1), tf.string)
        self._read = tf.function(parts.read).get_concrete_function(strings)
        tokens = [tf.TensorSpec((None, None), t.dtype) for t in self._read.structured_outputs]
        self._judge = tf.function(lambda *cut: parts.judge(list(cut))).get_concrete_function(
            *tokens
        )

    def __call__(self, descriptions: Sequence[str]) -> NDArray[np.float64]:
        """Predict points.

        A row's neighbours and their number change its prediction by rounding alone, by less than
        1e-4 points.

        Args:
            descriptions: any strings.

        Returns:
            Points, (rows,).
        """
        starts = range(0, len(descriptions), WINDOW_ROWS)
        windows = [self._predict_window(descriptions[i : i + WINDOW_ROWS]) for i in starts]
        return np.concatenate([np.zeros(0), *windows])

    def _predict_window(self, descriptions: Sequence[str]) -> NDArray[np.float64]:
        texts = tf.constant(np.array(descriptions, dtype=object)[:, None], tf.string)
        inputs = [tokens.numpy() for tokens in self._read(texts)]
        lengths = np.max([_count_places(tokens) for tokens in inputs], axis=0)
        order = np.argsort(lengths, kind="stable")
        predicted = np.zeros(len(order))
        for start in range(0, len(order), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            longest = max(1, int(lengths[rows].max()))
            points = self._judge(*(tf.constant(tokens[rows, :longest]) for tokens in inputs))
            predicted[rows] = points.numpy()
        return predicted


def _count_places(tokens: NDArray[np.int32]) -> NDArray[np.int64]:
    """Count the places of each row of (rows, length) up to its last token."""
    places = np.where(tokens != 0, np.arange(1, tokens.shape[1] + 1), 0)
    longest: NDArray[np.int64] = places.max(axis=1)
    return longest


def predict(model: keras.Model, descriptions: Sequence[str]) -> NDArray[np.float64]:
    """Predict points from raw strings with a model that is asked once; see `Predictor`."""
    return Predictor(model)(descriptions)
