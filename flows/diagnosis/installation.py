"""Checks of what is installed on this machine."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from flows.deployment.workplace import call_in_project, enter_project, find_foreign_package
from flows.diagnosis.examination import Finding
from tasks.modelling.device import DEVICE_FILES

DISTRIBUTION = "wine-points"
LOCK = Path(enter_project()["directory"], "requirements.lock")
TENSORFLOW_SECONDS_MAX = 120.0
"""Reading TensorFlow from a cold disk takes most of a minute on a slow one."""
SHOWN_MAX = 5


def check_package() -> Finding:
    """Tell whether the package would be imported from here, and compare what it asks for.

    A library that the package does not allow is a problem, one of another version than the lock's
    a warning. The lock has more than everybody installs.
    """
    if foreign := find_foreign_package():
        return Finding("problem", foreign)
    try:
        package = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        found = "not installed: a worker elsewhere cannot find it"
        return Finding("problem", found, f"`make install`, or `pip install -e {LOCK.parent}`")
    missing, other = _compare(package.requires or [])
    python, wanted = ".".join(map(str, sys.version_info[:3])), package.metadata["Requires-Python"]
    if not SpecifierSet(wanted).contains(python, prereleases=True):
        other.append(f"Python is {python}, not {wanted}")
    if missing or other:
        return Finding("problem", _enumerate(missing + other), "make install")
    locked = LOCK.read_text() if LOCK.exists() else ""
    # Each pin begins a line, and its hashes follow on lines of their own.
    _, other = _compare(re.findall(r"^[A-Za-z0-9][^\\\n]*", locked, re.MULTILINE))
    if other:
        return Finding("warning", _enumerate(other), "make install builds what was tested")
    versions = "the versions of the lock" if locked else "no lock here"
    return Finding("ok", f"{package.version} at {LOCK.parent}, Python {python}, {versions}")


def check_tensorflow() -> Finding:
    """Import TensorFlow in a process of its own, which it may kill, and list its devices."""
    code = (
        "import tensorflow as tf; from tasks.modelling.device import list_gpus;"
        "print(tf.__version__, *list_gpus())"
    )
    try:
        ended = call_in_project([sys.executable, "-c", code], TENSORFLOW_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return Finding("problem", f"not imported within {TENSORFLOW_SECONDS_MAX:g} s")
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"])[-1]
        return Finding("problem", f"cannot be imported: {last}", "make install")
    version, *gpus = ended.stdout.split()
    has_driver = any(Path(file).exists() for file in DEVICE_FILES)
    if has_driver and not gpus:
        found = f"{version} finds no GPU, and there is a GPU driver"
        return Finding("warning", found, "make GPU=1 install; or is CUDA_VISIBLE_DEVICES set?")
    return Finding("ok", f"{version}, {', '.join(gpus) or 'on the CPU: there is no GPU driver'}")


def _compare(wanted: Iterable[str]) -> tuple[list[str], list[str]]:
    """Say which requirements are missing, and which are installed in another version.

    Those of an extra or of another kind of machine are left out.
    """
    missing, other = [], []
    for entry in map(Requirement, wanted):
        if entry.marker and not entry.marker.evaluate({"extra": ""}):
            continue
        try:
            version = importlib.metadata.version(entry.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(f"{entry.name} is missing")
        else:
            if not entry.specifier.contains(version, prereleases=True):
                other.append(f"{entry.name} is {version}, not {entry.specifier}")
    return missing, other


def _enumerate(words: list[str]) -> str:
    return f"{'; '.join(words[:SHOWN_MAX])} ({len(words)} in all)"
