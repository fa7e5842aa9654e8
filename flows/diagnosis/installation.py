"""Checks of what is installed on this machine."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from flows.deployment.workplace import enter_project, find_foreign_package
from flows.diagnosis.examination import Check, Finding
from tasks.modelling.device import DEVICE_FILES

DISTRIBUTION = "wine-points"
TENSORFLOW_SECONDS_MAX = 120.0
"""Reading TensorFlow from a cold disk takes most of a minute on a slow one."""
INSTALL = "`make install`, or `pip install -e .` in the project's folder"
SHOWN_MAX = 5


def list_checks() -> list[Check]:
    """List the checks of Python, the package, its libraries and TensorFlow."""
    return [
        Check("python", check_python),
        Check("package", check_package),
        Check("libraries", check_libraries),
        Check("lock", lambda: check_lock(_project() / "requirements.lock")),
        Check("tensorflow", check_tensorflow, TENSORFLOW_SECONDS_MAX + 5),
    ]


def check_python() -> Finding:
    """Compare the version of Python with what the package asks for."""
    version = ".".join(map(str, sys.version_info[:3]))
    try:
        wanted = importlib.metadata.metadata(DISTRIBUTION)["Requires-Python"]
    except importlib.metadata.PackageNotFoundError:
        return Finding("ok", f"{version} at {sys.executable}")
    if SpecifierSet(wanted).contains(version, prereleases=True):
        return Finding("ok", f"{version} at {sys.executable}")
    return Finding("problem", f"{version}, and {wanted} is needed", "make PYTHON=… install")


def check_package() -> Finding:
    """Tell whether the package is installed, and from the folder that runs now."""
    if foreign := find_foreign_package():
        return Finding("problem", foreign)
    try:
        found = importlib.metadata.distribution(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return Finding("problem", "not installed: a worker elsewhere cannot find it", INSTALL)
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    editable = origin.get("dir_info", {}).get("editable", False)
    folder = Path(unquote(urlsplit(origin["url"]).path)) if editable else None
    if folder and folder.resolve() != _project():
        return Finding(
            "warning",
            f"{found.version}, installed from {folder}; this is {_project()}",
            f"a worker may run the other one: {INSTALL}",
        )
    return Finding("ok", f"{found.version} at {folder or _project()}")


def check_libraries() -> Finding:
    """Compare the libraries with what the installed package asks for."""
    try:
        wanted = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return Finding("warning", "not looked at: the package is not installed", INSTALL)
    asked = [entry for entry in map(Requirement, wanted) if _applies(entry)]
    unfit = [said for entry in asked if (said := _differ(entry))]
    if unfit:
        return Finding("problem", _enumerate(unfit), "make install")
    return Finding("ok", f"{len(asked)} as the package asks for them")


def check_lock(lock: Path) -> Finding:
    """Compare what is installed with the lock, as far as it is installed."""
    if not lock.exists():
        return Finding("ok", "there is no requirements.lock here")
    pinned = [entry for entry in _read_lock(lock) if _applies(entry)]
    there = {canonicalize_name(d.metadata["Name"]) for d in importlib.metadata.distributions()}
    known = [entry for entry in pinned if canonicalize_name(entry.name) in there]
    other = [said for entry in known if (said := _differ(entry))]
    if other:
        return Finding("warning", _enumerate(other), "make install builds what was tested")
    return Finding("ok", f"{len(known)} of {len(pinned)} packages, in the versions of the lock")


def check_tensorflow() -> Finding:
    """Import TensorFlow in a process of its own, which it may kill, and list its devices."""
    code = (
        "import tensorflow as tf; from tasks.modelling.device import list_gpus;"
        "print(tf.__version__, *list_gpus())"
    )
    environment = os.environ | {"PYTHONPATH": str(_project()), "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        ended = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=TENSORFLOW_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        return Finding("problem", f"not imported within {TENSORFLOW_SECONDS_MAX:g} s")
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"])[-1]
        return Finding("problem", f"cannot be imported: {last}", "make install")
    version, *gpus = ended.stdout.split()
    if gpus:
        return Finding("ok", f"{version}, with {len(gpus)} GPU: {', '.join(gpus)}")
    if not any(Path(file).exists() for file in DEVICE_FILES):
        return Finding("ok", f"{version} on the CPU: this machine shows no GPU driver")
    return Finding(
        "warning",
        f"{version} on the CPU: there is a GPU driver, but TensorFlow finds no GPU",
        "make GPU=1 install; or is CUDA_VISIBLE_DEVICES set?",
    )


def _project() -> Path:
    return Path(enter_project()["directory"])


def _applies(entry: Requirement) -> bool:
    """Tell whether a requirement is for this machine, and for no extra."""
    return entry.marker is None or entry.marker.evaluate({"extra": ""})


def _differ(entry: Requirement) -> str:
    """Say how what is installed differs from a requirement; empty where it does not."""
    try:
        version = importlib.metadata.version(entry.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{entry.name} is missing"
    fits = entry.specifier.contains(version, prereleases=True)
    return "" if fits else f"{entry.name} is {version}, not {entry.specifier}"


def _read_lock(lock: Path) -> Iterator[Requirement]:
    """Read the pins of a lock: each begins a line, and its hashes follow on lines of their own."""
    for line in lock.read_text().splitlines():
        if re.match("[A-Za-z0-9]", line):
            try:
                yield Requirement(line.removesuffix("\\").strip())
            except InvalidRequirement:
                continue


def _enumerate(words: list[str]) -> str:
    more = [f"and {len(words) - SHOWN_MAX} more"] if len(words) > SHOWN_MAX else []
    return "; ".join([*words[:SHOWN_MAX], *more])
