"""What make would do."""

from __future__ import annotations

import subprocess

import pytest

from tests.commands import ROOT


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
