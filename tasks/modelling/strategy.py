"""Distribution of the training over devices, and their description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tasks.modelling.device import Device

CUDNN_OBSTACLES: dict[str, Callable[[keras.layers.LSTM], bool]] = {
    "activation is not tanh": lambda lstm: lstm.activation is not keras.activations.tanh,
    "recurrent_activation is not sigmoid": lambda lstm: (
        lstm.recurrent_activation is not keras.activations.sigmoid
    ),
    "recurrent_dropout is set": lambda lstm: bool(lstm.recurrent_dropout),
    "unroll is set": lambda lstm: bool(lstm.unroll),
    "use_bias is not set": lambda lstm: not lstm.use_bias,
    "use_cudnn is switched off": lambda lstm: lstm.use_cudnn is False,
}
"""Conditions under which Keras does not use cuDNN (documentation of `keras.layers.LSTM`).

`tasks.modelling.network` ensures the other two conditions: padding on the right, and no row that is
masked completely.
"""


def choose_strategy(device: Device) -> tf.distribute.Strategy:
    """Choose the strategy for all devices of a kind; the default one for a single device.

    Args:
        device: from `settle_device`.

    Returns:
        A strategy; build and compile the network in its scope.
    """
    names = [logical.name for logical in tf.config.list_logical_devices(device.upper())]
    if len(names) < 2:
        return tf.distribute.get_strategy()
    # The default, NCCL, supports only GPUs.
    reduction = None if device == "gpu" else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(names, cross_device_ops=reduction)


def describe_devices(device: Device, network: keras.Model) -> dict[str, Any]:
    """Describe the devices that a network is trained on.

    Returns:
        `devices` (their names), `precision`, and `cudnn`: whether Keras' conditions for cuDNN are
        met, or which ones are not. Keras does not tell whether it uses cuDNN.
    """
    names = [
        tf.config.experimental.get_device_details(physical).get("device_name", physical.name)
        for physical in tf.config.list_physical_devices(device.upper())
    ]
    obstacles = list_cudnn_obstacles(network) + ([] if device == "gpu" else ["there is no GPU"])
    return {
        "devices": names,
        "precision": network.dtype_policy.name,
        "cudnn": "; ".join(obstacles) or "its conditions are met",
    }


def list_cudnn_obstacles(network: keras.Model) -> list[str]:
    """List the conditions that keep Keras from running the LSTMs of a network with cuDNN."""
    lstms = [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.LSTM)]
    found = [
        f"{lstm.name}: {name}"
        for lstm in lstms
        for name, applies_to in CUDNN_OBSTACLES.items()
        if applies_to(lstm)
    ]
    return [*found, "jit_compile is on"] if network.jit_compile else found
