from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import numpy as np
import pytest

from tasks.configuration.parameters import NetworkParameters, TrainingParameters
from tasks.configuration.presets import PRESETS
from tasks.modelling.fitting import compile_network
from tasks.modelling.losses import choose_loss
from tasks.modelling.network import build_network
from tasks.modelling.strategy import choose_strategy, describe_devices, list_cudnn_obstacles
from tests.commands import start

pytestmark = pytest.mark.heavy

TRAINING = TrainingParameters(batch_size=16)
SMALL = {"embedding_units": 3, "lstm_units": 2}


@pytest.mark.parametrize("preset", PRESETS)
def test_cudnn_could_run_the_lstm_of_every_preset(preset) -> None:
    shape = PRESETS[preset].network.model_copy(update=SMALL)
    network = build_network(shape, 20)
    compile_network(network, choose_loss(shape, 1.0), TRAINING, 200)
    assert any(isinstance(layer, keras.layers.LSTM) for layer in network._flatten_layers())
    assert list_cudnn_obstacles(network) == []
    assert describe_devices("gpu", network)["cudnn"] == "its conditions are met"
    assert describe_devices("cpu", network)["cudnn"] == "there is no GPU"


@pytest.mark.parametrize(
    ("setting", "jit", "obstacle"),
    [
        ({"activation": "relu"}, False, "lstm: activation is not tanh"),
        ({"recurrent_activation": "hard_sigmoid"}, False, "lstm: recurrent_activation is not"),
        ({"recurrent_dropout": 0.1}, False, "lstm: recurrent_dropout is set"),
        ({"unroll": True}, False, "lstm: unroll is set"),
        ({"use_bias": False}, False, "lstm: use_bias is not set"),
        ({"use_cudnn": False}, False, "lstm: use_cudnn is switched off"),
        ({}, True, "jit_compile is on"),
    ],
)
def test_what_keeps_cudnn_away_is_named(setting, jit, obstacle, monkeypatch) -> None:
    tokens = keras.Input((5,), dtype="int32")
    lstm = keras.layers.LSTM(2, name="lstm", **setting)
    network = keras.Model(tokens, lstm(keras.layers.Embedding(9, 3)(tokens)))
    network.compile(loss="mae")
    # Keras itself drops the setting where another test has asked TensorFlow for determinism.
    monkeypatch.setattr(type(network), "jit_compile", jit)
    (found,) = list_cudnn_obstacles(network)
    assert found.startswith(obstacle)


@pytest.mark.parametrize("pooling", ["last", "mean_max"])
def test_the_lstm_never_gets_a_mask_that_cudnn_refuses(pooling, monkeypatch) -> None:
    """Padding stands on the right, and even a text without tokens has one place that counts."""
    masks = []
    call = keras.layers.LSTM.call

    def watch(self, sequence, initial_state=None, mask=None, training=False):
        masks.append(mask)
        return call(self, sequence, initial_state=initial_state, mask=mask, training=training)

    shape = NetworkParameters(**SMALL, pooling=pooling, bidirectional=True)
    network = build_network(shape, 20)
    monkeypatch.setattr(keras.layers.LSTM, "call", watch)
    network(np.array([[2, 3, 4], [2, 0, 0], [0, 0, 0]], np.int32))
    assert len(masks) == 2
    for mask in masks:
        assert np.asarray(mask).tolist() == [[True] * 3, [True, False, False], [True, False, False]]


def test_one_device_needs_no_strategy() -> None:
    assert choose_strategy("cpu").num_replicas_in_sync == 1


SCRIPT = """
import sys
import logging
import keras
import numpy as np
import tensorflow as tf
from tasks.modelling.fitting import compile_network, fit_epoch
from tasks.modelling.losses import choose_loss
from tasks.modelling.network import build_network
from tasks.modelling.output_scale import OutputScale
from tasks.modelling.strategy import choose_strategy
from tasks.modelling.token_file import Tokens
from data_contracts.dataset import Target
from tasks.configuration.parameters import NetworkParameters, TrainingParameters

devices, precision, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
(cpu,) = tf.config.list_physical_devices("CPU")
parts = [tf.config.LogicalDeviceConfiguration()] * devices
tf.config.set_logical_device_configuration(cpu, parts)
shape = NetworkParameters(embedding_units=6, lstm_units=4, bidirectional=True,
                          pooling="mean_max", bigram_buckets=53, log_scale=True)
parameters = TrainingParameters(epochs=2, batch_size=16, learning_rate=0.02)
random = np.random.default_rng(1)
tokens = random.integers(1, 20, (200, 12)).astype(np.int32)
tokens[np.arange(12) >= random.integers(3, 13, (200, 1))] = 0
points = (88 + (tokens == 5).sum(1) - (tokens == 6).sum(1)).astype(np.float32)
strategy = choose_strategy("cpu")
assert strategy.num_replicas_in_sync == devices
keras.config.set_dtype_policy(precision)
with strategy.scope():
    network = build_network(shape, 20, seed=1)
    compile_network(network, choose_loss(shape, 1.0), parameters, 200)
scale = OutputScale(Target(name="points", unit="", minimum=80, maximum=100, step=1), 88.0, 1.0)
tokens = Tokens.of(tokens)
train, validation = (tokens, scale.encode(points)[:, None]), (tokens, points)
figures = [fit_epoch(network, train, validation, scale, parameters, epoch) for epoch in range(2)]
np.savez(path, figures=figures, **{f"w{i}": w for i, w in enumerate(network.get_weights())})
"""


@pytest.fixture(scope="module")
def train_on(tmp_path_factory) -> Callable[[int, str], dict[str, np.ndarray]]:
    """Train in a process of its own, in which the CPU is as many devices as asked for."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "trained_on.py").write_text(SCRIPT)

    @functools.cache
    def train(devices: int, precision: str) -> dict[str, np.ndarray]:
        path = folder / f"{devices}-{precision}.npz"
        process = start("trained_on", [str(devices), precision, str(path)], root=folder)
        process.communicate(300)
        assert process.wait() == 0, process.output
        with np.load(path) as arrays:
            return dict(arrays)

    return train


@pytest.mark.slow
def test_two_devices_train_the_same_network_as_one(train_on) -> None:
    one, two = (train_on(devices, "float32") for devices in (1, 2))
    for name, expected in one.items():
        np.testing.assert_allclose(two[name], expected, atol=1e-3, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_keeps_weights_in_float32_and_learns(precision, train_on) -> None:
    figures, *weights = train_on(1, precision).values()
    assert {weight.dtype for weight in weights if weight.dtype.kind != "u"} == {np.dtype("float32")}
    assert figures[1][0] < figures[0][0]
    exact = train_on(1, "float32")["figures"]
    np.testing.assert_allclose(figures, exact, atol=0.1)
