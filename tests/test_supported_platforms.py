"""The locks have a wheel of each package for every Python and platform that README.md names."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT

PYTHONS = ("3.11", "3.12", "3.13")
LINUX = "x86_64-manylinux_2_28"
PLATFORMS = (LINUX, "aarch64-manylinux_2_28", "aarch64-apple-darwin")
LOCKS = ("requirements.lock", "requirements-image.lock")

pytestmark = pytest.mark.slow


def resolve(
    lock: str, python: str, platform: str, target: Path
) -> subprocess.CompletedProcess[str]:
    """Resolve a lock without installing anything."""
    uv = Path(sys.executable).with_name("uv")
    machine = ["--python-version", python, "--python-platform", platform]
    strictly = ["--only-binary", ":all:", "--require-hashes"]
    return subprocess.run(
        [uv, "pip", "install", "--dry-run", "--target", target, *machine, *strictly, "-r", lock],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("lock", "python", "platform"),
    [
        *itertools.product(LOCKS, PYTHONS, PLATFORMS),
        *itertools.product(["requirements-gpu.lock"], PYTHONS, [LINUX]),
    ],
)
def test_the_lock_has_wheels(lock: str, python: str, platform: str, tmp_path: Path) -> None:
    ended = resolve(lock, python, platform, tmp_path / "nothing")
    assert ended.returncode == 0, ended.stderr
    assert "Would install" in ended.stderr


def test_the_next_python_has_none_and_is_refused(tmp_path: Path) -> None:
    ended = resolve("requirements.lock", "3.14", LINUX, tmp_path / "nothing")
    assert ended.returncode != 0
    assert "Wheels are required" in ended.stderr
    project = (ROOT / "pyproject.toml").read_text()
    assert 'requires-python = ">=3.11,<3.14"' in project


def test_all_name_the_same_versions() -> None:
    named = ", ".join(PYTHONS[:-1]) + f" or {PYTHONS[-1]}"
    for file in ("README.md", "Makefile"):
        assert re.search(rf"Python {re.escape(named)}", (ROOT / file).read_text()), file
