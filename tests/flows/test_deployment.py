"""What prefect.yaml and automations.yaml say, as far as it can be told without a server."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deploy import main
from flows.deployment.automations import FILE
from flows.deployment.processes import Processes, read_start_time
from flows.deployment.workplace import (
    WORK_POOL,
    enter_project,
    find_foreign_package,
    run_in_project,
)
from tasks.configuration.verdicts import Verdict
from tests.commands import ROOT

DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_bytes())[
    "deployments"
]
NAMES = [f"{d['entrypoint'].rpartition(':')[2].replace('_', '-')}/{d['name']}" for d in DEPLOYMENTS]


def test_the_deployments_are_those_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert NAMES == [
        "retraining/weekly",
        "retraining/notebook",
        "data-quality/daily",
        "housekeeping/weekly",
        "tuning/monthly",
        "scoring/on-demand",
    ]
    assert all(f"| `{name}` |" in readme for name in NAMES)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_a_deployment_fits_its_flow_and_this_version(deployment: dict[str, Any]) -> None:
    flow = load_flow_from_entrypoint(str(ROOT / deployment["entrypoint"]))
    flow.validate_parameters(deployment["parameters"])
    assert deployment["version"] == importlib.metadata.version("wine-points")
    assert deployment["description"].endswith(".")
    assert deployment["work_pool"]["name"] == WORK_POOL
    assert "wine-points" in deployment["tags"]


def test_the_project_is_found_from_anywhere(tmp_path: Path) -> None:
    code = "from flows.deployment.workplace import enter_project; print(enter_project())"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(ROOT) in found.stdout
    assert enter_project() == {"directory": str(ROOT)}


@pytest.mark.parametrize("safe_path", ["", "1"])
@pytest.mark.parametrize("file", ["tasks/__init__.py", "tasks.py"])
def test_a_package_of_another_project_that_a_worker_would_import_is_named(
    tmp_path: Path, file: str, safe_path: str
) -> None:
    code = "from flows.deployment.workplace import find_foreign_package as f; print(f())"
    other = tmp_path / file
    other.parent.mkdir(exist_ok=True)
    other.write_text("import nothing_that_is_here")
    said = []
    for places in ([tmp_path], [ROOT, tmp_path], [tmp_path, ROOT]):
        found = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(map(str, places)), "PYTHONSAFEPATH": safe_path},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(found.stdout.strip())
    assert said[1] == ""
    assert said[0] == said[2]
    assert said[0].startswith(f"a worker would import the package tasks from {tmp_path}, not from")
    assert f"{ROOT}: remove {tmp_path} from PYTHONPATH" in said[0]


def test_the_folder_of_the_command_does_not_hide_another_projects_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tasks.py").touch()
    monkeypatch.setattr(sys, "path", [str(ROOT), str(tmp_path), *sys.path])
    assert find_foreign_package().startswith("a worker would import the package tasks from ")


def test_the_automations_speak_of_verdicts_that_there_are() -> None:
    automations = yaml.safe_load(FILE.read_bytes())["automations"]
    ours = {f"prefect.flow-run.{verdict}" for verdict in Verdict}
    prefects = {f"prefect.flow-run.{state}" for state in ("Failed", "Crashed", "TimedOut", "*")}
    told = {event for automation in automations for event in automation["trigger"]["expect"]}
    assert told <= ours | prefects
    without_data = {"prefect.flow-run.Scored", "prefect.flow-run.Pruned"}
    assert told & ours == ours - without_data


def test_without_a_server_there_is_nothing_to_deploy_to(capsys) -> None:
    with temporary_settings({PREFECT_API_URL: None}):
        assert main([]) == 1
    assert "set PREFECT_API_URL" in capsys.readouterr().err
    with temporary_settings({PREFECT_API_URL: "http://bob:hidden@127.0.0.1:9/api"}):
        assert main([]) == 1
    error = capsys.readouterr().err
    assert "http://127.0.0.1:9/api does not answer" in error
    assert "hidden" not in error
    assert error.count("\n") == 1


def test_a_process_of_another_time_is_not_taken_for_ours(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    record.write_text(json.dumps([[os.getpid(), "Thu Jan  1 00:00:00 1970"]]))
    assert Processes(record).running() == []
    own = Processes(tmp_path / "own.json")
    own.add(os.getpid())
    assert own.running() == [os.getpid()]
    elsewhere = os.environ | {"TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)}
    code = "import pathlib, sys; from flows.deployment.processes import Processes"
    code += "; print(Processes(pathlib.Path(sys.argv[1])).running())"
    asked = [sys.executable, "-c", code, str(tmp_path / "own.json")]
    told = subprocess.run(asked, env=elsewhere, capture_output=True, text=True, check=True).stdout
    assert told == f"[{os.getpid()}]\n"
    assert read_start_time(2**22 + 1) == ""


def test_what_a_command_says_is_read_whatever_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    said = run_in_project([sys.executable, "-c", "print('résumé → 91–93')"])
    assert (said.returncode, said.stdout) == (0, "résumé → 91–93\n")
