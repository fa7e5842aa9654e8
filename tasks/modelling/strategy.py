"""How training is spread over the devices that were settled, and what they can do."""

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
"""What keeps Keras from cuDNN (documentation of `keras.layers.LSTM`). The two conditions on the
input, padding on the right and no row masked whole, are kept by `tasks.modelling.network`."""


def choose_strategy(device: Device) -> tf.distribute.Strategy:
    """Spread training over all devices of a kind; with a single one it is TensorFlow's default.

    Args:
        device: what `settle_device` gave.

    Returns:
        A strategy in whose scope the network is to be built and compiled.
    """
    names = [logical.name for logical in tf.config.list_logical_devices(device.upper())]
    if len(names) < 2:
        return tf.distribute.get_strategy()
    # NCCL, the default among GPUs, knows no CPUs.
    reduction = None if device == "gpu" else tf.distribute.ReductionToOneDevice()
    return tf.distribute.MirroredStrategy(names, cross_device_ops=reduction)


def describe_devices(device: Device, network: keras.Model) -> dict[str, Any]:
    """Say what a network is trained on.

    Returns:
        `devices` (their names), `precision`, and `cudnn`: that Keras' conditions for it are met, or
        which are not. That it runs is Keras' own choice, of which nothing tells.
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
    """List what keeps Keras from running the LSTMs of a compiled network with cuDNN."""
    lstms = [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.LSTM)]
    found = [
        f"{lstm.name}: {name}"
        for lstm in lstms
        for name, stands in CUDNN_OBSTACLES.items()
        if stands(lstm)
    ]
    return [*found, "jit_compile is on"] if network.jit_compile else found
