"""Checks of the installed packages."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from flows.deployment.workplace import enter_project, find_foreign_package, run_in_project
from flows.diagnosis.checks import Finding
from tasks.modelling.device import DEVICE_FILES

DISTRIBUTION = "wine-points"
LOCK = Path(enter_project()["directory"], "requirements.lock")
TENSORFLOW_SECONDS_MAX = 120.0
"""An import of TensorFlow from a slow disk takes most of a minute."""
SHOWN_MAX = 5


def check_package() -> Finding:
    """Check which package a worker imports, and the versions of Python and the libraries.

    A version that the package does not allow is a problem. A version that differs from the lock is
    a warning, and a missing library of the lock is neither: the lock includes optional libraries.
    """
    if message := find_foreign_package():
        return Finding("problem", message)
    try:
        package = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        found = "not installed: a worker in another folder cannot import it"
        return Finding("problem", found, f"run `make install` or `pip install -e {LOCK.parent}`")
    missing, different = _compare(package.requires or [])
    python, wanted = ".".join(map(str, sys.version_info[:3])), package.metadata["Requires-Python"]
    if not SpecifierSet(wanted).contains(python, prereleases=True):
        different.append(f"Python is {python}, not {wanted}")
    if missing or different:
        return Finding("problem", _enumerate(missing + different), "run `make install`")
    lock = LOCK.read_text() if LOCK.exists() else ""
    # A pin is at the start of a line, and its hashes are on the next lines.
    _, different = _compare(re.findall(r"^[A-Za-z0-9][^\\\n]*", lock, re.MULTILINE))
    if different:
        advice = "run `make install` to get the tested versions"
        return Finding("warning", _enumerate(different), advice)
    versions = "the versions of the lock" if lock else "no lock file"
    return Finding("ok", f"{package.version} at {LOCK.parent}, Python {python}, {versions}")


def check_tensorflow() -> Finding:
    """Import TensorFlow and list its GPUs, in a child process because a wrong build crashes."""
    code = (
        "import tensorflow as tf; from tasks.modelling.device import list_gpus;"
        "print(tf.__version__, *list_gpus())"
    )
    try:
        process = run_in_project([sys.executable, "-c", code], TENSORFLOW_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return Finding("problem", f"the import takes more than {TENSORFLOW_SECONDS_MAX:g} s")
    if process.returncode:
        lines = process.stderr.strip().splitlines() or [f"exit code {process.returncode}"]
        return Finding("problem", f"the import failed: {lines[-1]}", "run `make install`")
    version, *gpus = process.stdout.split()
    has_driver = any(Path(file).exists() for file in DEVICE_FILES)
    if has_driver and not gpus:
        found = f"{version} finds no GPU, but this machine has a GPU driver"
        advice = "run `make GPU=1 install`, or check CUDA_VISIBLE_DEVICES"
        return Finding("warning", found, advice)
    return Finding("ok", f"{version}, {', '.join(gpus) or 'on the CPU: there is no GPU driver'}")


def _compare(requirements: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the missing requirements, and those installed in another version.

    Skips the requirements of extras and of other platforms.
    """
    missing, different = [], []
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(f"{requirement.name} is missing")
        else:
            if not requirement.specifier.contains(version, prereleases=True):
                different.append(f"{requirement.name} is {version}, not {requirement.specifier}")
    return missing, different


def _enumerate(items: list[str]) -> str:
    return f"{'; '.join(items[:SHOWN_MAX])} ({len(items)} in all)"
