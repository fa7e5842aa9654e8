"""What make would do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.commands import ROOT
from tests.conftest import QUICK

pytestmark = pytest.mark.heavy


def plan(*words: str) -> str:
    """Say what make would do in a folder where nothing is installed yet."""
    command = ["make", "--dry-run", "VENV=nowhere", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("words", "lock"),
    [
        ([], "requirements.lock"),
        (["GPU=0"], "requirements.lock"),
        (["GPU=no"], "requirements.lock"),
        (["GPU=1"], "requirements-gpu.lock"),
    ],
)
def test_cuda_is_installed_when_it_is_asked_for(words: list[str], lock: str) -> None:
    assert f"--require-hashes -r {lock}\n" in plan("install", *words)


def test_switches_are_taken_back_when_it_is_asked_for() -> None:
    assert "--reset" in plan("serve", "RESET=1")
    assert not any("--reset" in plan("serve", *words) for words in ([], ["RESET=0"]))


def write_python(folder: Path, name: str, is_supported: bool) -> None:
    (folder / name).write_text(f"#!/bin/sh\nexec {'true' if is_supported else 'false'}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("supported", "taken"),
    [
        ({"python3", "python3.12"}, "python3"),
        ({"python3.12", "python3.11"}, "python3.12"),
        ({"python3.11"}, "python3.11"),
    ],
)
def test_a_python_that_is_supported_is_looked_for(
    supported: set[str], taken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        write_python(tmp_path, name, name in supported)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert f"\n{taken} -m venv nowhere\n" in plan("install")


def test_without_a_supported_python_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("python3", "python3.13", "python3.12", "python3.11"):
        write_python(tmp_path, name, False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    command = ["make", "--silent", "install", f"VENV={tmp_path}/venv"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[0] == (
        "Python 3.11, 3.12 or 3.13 is needed: install one of them, or name it: make PYTHON=…"
    )


def test_make_check_runs_what_conftest_calls_quick() -> None:
    said = subprocess.run(["make", "-n", "check"], cwd=ROOT, capture_output=True, text=True).stdout
    assert f"-m '{QUICK}'" in said
