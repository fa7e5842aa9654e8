from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

from flows.deployment import workplace
from flows.diagnosis import installation


def test_this_environment_is_found_sound() -> None:
    level, found, _ = installation.check_package()
    assert (level, found.endswith("the versions of the lock")) == ("ok", True)


def test_libraries_that_are_missing_or_of_another_version_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["keras>=99", "no-such-library", 'pandas>=99; extra == "x"', "numpy"]
    with monkeypatch.context() as patch:
        # Of another class, once a library has imported the backport of importlib.metadata.
        found_by = type(importlib.metadata.distribution(installation.DISTRIBUTION))
        patch.setattr(found_by, "requires", wanted)
        level, found, advice = installation.check_package()
    assert (level, advice) == ("problem", "run `make install`")
    assert found.startswith("no-such-library is missing; keras is 3.")
    assert found.endswith(", not >=99 (2 in all)")
    lock = tmp_path / "requirements.lock"
    monkeypatch.setattr(installation, "LOCK", lock)
    lock.write_text("keras==1.0 \\\n    --hash=sha256:00\nabsent==1\nnumpy==1 ; os_name == 'nt'\n")
    level, found, _ = installation.check_package()
    assert (level, found.startswith("keras is 3.")) == ("warning", True)
    assert found.endswith("not ==1.0 (1 in all)")
    lock.unlink()
    level, found, _ = installation.check_package()
    assert (level, found.endswith("no lock file")) == ("ok", True)


def test_a_python_that_the_package_does_not_allow_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(installation.sys, "version_info", (3, 9, 1))
        level, found, _ = installation.check_package()
    assert (level, found.startswith("Python is 3.9.1, not ")) == ("problem", True)


def test_a_package_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "DISTRIBUTION", "wine-points-of-nobody")
    level, found, advice = installation.check_package()
    assert (level, found.startswith("not installed")) == ("problem", True)
    assert "make install" in advice


def test_a_package_of_another_project_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    level, found, _ = installation.check_package()
    assert level == "problem"
    assert f"the package tasks from {tmp_path}, not from {installation.LOCK.parent}" in found


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which TensorFlow is imported in place of the project's."""
    monkeypatch.setattr(workplace, "enter_project", lambda: {"directory": str(tmp_path)})
    return tmp_path


def test_a_tensorflow_that_cannot_be_imported_is_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = project / "tensorflow.py"
    broken.write_text("raise ImportError('libcudart.so: no such file')")
    level, found, _ = installation.check_tensorflow()
    assert (level, found) == (
        "problem",
        "the import failed: ImportError: libcudart.so: no such file",
    )
    broken.write_text("import os; os.abort()")
    assert "exit code -6" in installation.check_tensorflow().found
    broken.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(installation, "TENSORFLOW_SECONDS_MAX", 0.5)
    assert installation.check_tensorflow() == ("problem", "the import takes more than 0.5 s", "")


def test_gpus_and_a_driver_without_a_gpu_are_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "tensorflow.py").write_text("__version__ = '2.21.0'")
    device = project / "tasks/modelling/device.py"
    device.parent.mkdir(parents=True)
    (project / "tasks/__init__.py").touch()
    device.write_text("list_gpus = lambda: ['/physical_device:GPU:0']")
    monkeypatch.setattr(installation, "DEVICE_FILES", (str(device),))
    level, found, _ = installation.check_tensorflow()
    assert (level, found) == ("ok", "2.21.0, /physical_device:GPU:0")
    device.write_text("list_gpus = lambda: []")
    assert installation.check_tensorflow().level == "warning"
    monkeypatch.setattr(installation, "DEVICE_FILES", ())
    level, found, _ = installation.check_tensorflow()
    assert (level, "no GPU driver" in found) == ("ok", True)
