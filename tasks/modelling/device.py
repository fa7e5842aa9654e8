"""The device that TensorFlow runs on, resolved before the first cache key, which it enters.

On machines without a GPU driver TensorFlow is not imported, since this takes longer than a cached
run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from tasks.configuration.errors import DeviceError
from tasks.configuration.parameters import TrainingParameters

Device = Literal["cpu", "gpu"]
"""The resolved device; never `auto`."""

DEVICE_FILES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""Device nodes of NVIDIA's driver, of Windows' subsystem for Linux, and of AMD's driver."""


def settle_device(requested: Literal["auto"] | Device) -> Device:
    """Choose the device of this process, and set TensorFlow's environment variables for it.

    Raises:
        DeviceError: `requested` is gpu, and TensorFlow finds no GPU; with the reason.
    """
    # Otherwise TensorFlow would reserve the whole memory of the GPU.
    os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    device = _resolve_device(requested)
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    return device


def _resolve_device(requested: Literal["auto"] | Device) -> Device:
    if requested == "cpu":
        return "cpu"
    if not any(Path(file).exists() for file in DEVICE_FILES):
        reason = "this machine shows no GPU driver"
    elif list_gpus():
        return "gpu"
    else:
        reason = "there is a driver, but TensorFlow finds no GPU: is the extra `gpu` installed?"
    if requested == "gpu":
        raise DeviceError(f"training.device is gpu, but {reason}; use auto or cpu")
    return "cpu"


def list_gpus() -> list[str]:
    """List the GPUs that TensorFlow can use, by name."""
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices("GPU")]


def prepare_tensorflow(parameters: TrainingParameters) -> Device:
    """Seed TensorFlow, and make its operations deterministic if `parameters` ask for it.

    Returns:
        The device to train on.

    Raises:
        ValueError: the device is `auto`; results of CPU and GPU would share one cache key.
    """
    if parameters.device == "auto":
        raise ValueError("the device is not resolved")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import tensorflow as tf

    # Keras numbers the names of layers; restart at 1, whatever this process built before.
    keras.backend.clear_session()
    keras.utils.set_random_seed(parameters.seed)
    if parameters.deterministic:
        tf.config.experimental.enable_op_determinism()
    return parameters.device
