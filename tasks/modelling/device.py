"""The device that TensorFlow runs on, settled before anything is looked up.

It enters the address of the training. Where no GPU can be there, TensorFlow is not asked: importing
it takes longer than a cached run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from tasks.configuration.errors import DeviceError

Device = Literal["cpu", "gpu"]
"""What `auto` is settled to."""

DEVICE_FILES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
"""Device nodes of NVIDIA's driver, of Windows' subsystem for Linux, and of AMD's driver."""


def settle_device(asked: Literal["auto"] | Device) -> Device:
    """Decide what TensorFlow runs on in this process, and tell it by the environment.

    The first stage that computes anything would otherwise take the whole GPU.

    Raises:
        DeviceError: a GPU was asked for and TensorFlow can use none, with the reason.
    """
    os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
    device = _resolve_device(asked)
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    return device


def _resolve_device(asked: Literal["auto"] | Device) -> Device:
    if asked == "cpu":
        return "cpu"
    if not any(Path(file).exists() for file in DEVICE_FILES):
        reason = "this machine shows no GPU driver"
    elif list_gpus():
        return "gpu"
    else:
        reason = "there is a driver, but TensorFlow finds no GPU: is the extra `gpu` installed?"
    if asked == "gpu":
        raise DeviceError(f"training.device is gpu, but {reason}; use auto or cpu")
    return "cpu"


def list_gpus() -> list[str]:
    """List the GPUs that TensorFlow can use, by name."""
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices("GPU")]
