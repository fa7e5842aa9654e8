from __future__ import annotations

from pathlib import Path

import pytest

from flows.diagnosis import installation
from tests.commands import ROOT


def test_this_environment_is_found_sound() -> None:
    assert installation.check_python().level == "ok"
    assert installation.check_libraries().level == "ok"
    assert installation.check_lock(ROOT / "requirements.lock").level == "ok"


def test_libraries_that_are_missing_or_of_another_version_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["keras>=99", "no-such-library", 'pandas>=99; extra == "x"', "numpy"]
    monkeypatch.setattr(installation.importlib.metadata, "requires", lambda _: wanted)
    level, found, advice = installation.check_libraries()
    assert (level, advice) == ("problem", "make install")
    assert "keras is 3." in found
    assert found.endswith("not >=99; no-such-library is missing")
    lock = tmp_path / "requirements.lock"
    lock.write_text("keras==1.0 \\\n    --hash=sha256:00\nabsent==1\nnumpy==1 ; os_name == 'nt'\n")
    level, found, _ = installation.check_lock(lock)
    assert (level, found.startswith("keras is 3.")) == ("warning", True)
    assert installation.check_lock(tmp_path / "none").level == "ok"


def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "DISTRIBUTION", "wine-points-of-nobody")
    assert installation.check_package().level == "problem"
    assert installation.check_libraries().level == "warning"
    assert installation.check_python().level == "ok"


def test_a_tensorflow_that_cannot_be_imported_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "tensorflow.py"
    broken.write_text("raise ImportError('libcudart.so: no such file')")
    monkeypatch.setattr(installation, "_project", lambda: tmp_path)
    level, found, _ = installation.check_tensorflow()
    assert (level, found) == (
        "problem",
        "cannot be imported: ImportError: libcudart.so: no such file",
    )
    broken.write_text("import os; os.abort()")
    assert "it ended with -6" in installation.check_tensorflow().found


def test_gpus_and_a_driver_without_a_gpu_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tensorflow.py").write_text("__version__ = '2.21.0'")
    device = tmp_path / "tasks/modelling/device.py"
    device.parent.mkdir(parents=True)
    (tmp_path / "tasks/__init__.py").touch()
    monkeypatch.setattr(installation, "_project", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    device.write_text("list_gpus = lambda: ['/physical_device:GPU:0']")
    level, found, _ = installation.check_tensorflow()
    assert (level, found) == ("ok", "2.21.0, with 1 GPU: /physical_device:GPU:0")
    device.write_text("list_gpus = lambda: []")
    monkeypatch.setattr(installation, "DEVICE_FILES", (str(device),))
    assert installation.check_tensorflow().level == "warning"
    monkeypatch.setattr(installation, "DEVICE_FILES", ())
    assert "no GPU driver" in installation.check_tensorflow().found
