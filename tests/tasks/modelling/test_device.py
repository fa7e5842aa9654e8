from __future__ import annotations

import os

import pytest

from tasks.configuration.errors import DeviceError
from tasks.modelling import device
from tasks.modelling.device import settle_device


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUDA_VISIBLE_DEVICES", "TF_FORCE_GPU_ALLOW_GROWTH"):
        monkeypatch.setenv(name, "")


def machine(monkeypatch: pytest.MonkeyPatch, driver: bool, gpus: list[str]) -> None:
    """Make this machine look like one with a driver and such GPUs."""
    monkeypatch.setattr(device, "DEVICE_FILES", ("/dev/null",) if driver else ("/dev/no-such",))
    monkeypatch.setattr(device, "list_gpus", lambda: gpus)


@pytest.mark.parametrize(
    ("driver", "gpus", "asked", "device"),
    [
        (False, [], "auto", "cpu"),
        (False, [], "cpu", "cpu"),
        (True, [], "auto", "cpu"),
        (True, ["GPU:0"], "auto", "gpu"),
        (True, ["GPU:0"], "gpu", "gpu"),
        (True, ["GPU:0"], "cpu", "cpu"),
    ],
)
def test_the_device_is_settled(monkeypatch, driver, gpus, asked, device) -> None:
    machine(monkeypatch, driver, gpus)
    assert settle_device(asked) == device
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == ("-1" if device == "cpu" else "")


@pytest.mark.parametrize(
    ("driver", "reason"), [(False, "shows no GPU driver"), (True, "is the extra `gpu` installed")]
)
def test_a_gpu_that_cannot_be_used_is_an_error_with_the_reason(monkeypatch, driver, reason) -> None:
    machine(monkeypatch, driver, [])
    with pytest.raises(DeviceError, match=reason):
        settle_device("gpu")
