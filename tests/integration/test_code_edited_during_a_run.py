"""The code is edited while a run is under way: what is stored names the code that made it."""

from __future__ import annotations

import json
import os
import py_compile
from pathlib import Path

import pytest

from tasks.storage.artifacts import digest_file
from tests.commands import SMALL, STAGES, Ended, copy_project, finish, start
from tests.served_deployments import serving, wait_for
from tests.store_contents import only_output

DRIVER = """
import json, subprocess, sys
from tasks.engine import stages
from flows.command_line import run_command
from flows.retraining import plan, retraining

commands, conclude = json.loads(sys.argv[1]), stages._run_task

def edit_and_conclude(run, name, *args):
    subprocess.run(commands.get(name, "true"), shell=True, check=True)
    return conclude(run, name, *args)

stages._run_task = edit_and_conclude
raise SystemExit(run_command(retraining, plan, sys.argv[2:]))
"""
"""Retrains, and calls a command of the shell when a stage begins."""

GATE = "tasks/champions/gate.py"
BREAKING = 'raise RuntimeError("edited")'
WORKING = [stage for stage in STAGES if stage != "fetch"]

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project."""
    root = copy_project(tmp_path / "project")
    (root / "driver.py").write_text(DRIVER)
    return root


def run_and_edit(project: Path, commands: dict[str, str], libraries: Path | None = None) -> Ended:
    """Retrain in the copy, with commands of the shell by the stage that begins."""
    places = [str(project), *([str(libraries)] if libraries else [])]
    words = [json.dumps(commands), "--store=store", "--json", *SMALL]
    environment = {"PYTHONPATH": os.pathsep.join(places)}
    return finish(start("driver", words, root=project, env=environment))


def append(text: str, *files: str) -> str:
    return "; ".join(f"echo '{text}' >> {file}" for file in files)


def stored_stages(project: Path) -> set[str]:
    return {path.parts[-3] for path in project.glob("store/*/*/manifest.json")}


def test_every_stage_is_edited_during_every_earlier_one(project: Path, prefect_server: str) -> None:
    files = {stage: [f"tasks/{stage}.py"] for stage in WORKING}
    files["promote"].append(GATE)
    before = {name: digest_file(project / name) for names in files.values() for name in names}
    later = {stage: WORKING[number + 1 :] for number, stage in enumerate(WORKING)}
    edits = {
        stage: append(BREAKING, *(name for other in others for name in files[other]))
        for stage, others in later.items()
        if others
    }
    ended = run_and_edit(project, edits)
    assert ended.code == 0, ended.errors
    assert ended.answer["verdict"] == "NotPromoted"
    for stage, names in files.items():
        code = only_output(project / "store", stage).ingredients["code"]
        assert {name: code[name] for name in names} == {name: before[name] for name in names}
    for name in before:
        source = (project / name).read_text()
        (project / name).write_text(source.replace(BREAKING, "# edited"))
    ended = run_and_edit(project, {})
    assert ended.code == 0, ended.errors
    assert ended.worked == set(WORKING) - {WORKING[0]}
    assert ended.answer["verdict"] != "Unchanged"


@pytest.mark.parametrize(
    ("during", "file", "stopped"),
    [
        ("fetch", "tasks/split.py", "fetch"),
        ("vectorize", "tasks/modelling/network.py", "train"),
        ("evaluate", "tasks/pages/run_report.html", "evaluate"),
    ],
)
def test_an_edit_that_may_be_read_or_not_stops_the_run(
    project: Path, prefect_server: str, during: str, file: str, stopped: str
) -> None:
    ended = run_and_edit(project, {during: append("# edited", file)})
    assert ended.code == 1
    line = ended.errors.strip().splitlines()[-1]
    assert line == f"error: {project / file} changed since this run began; run again"
    assert "Traceback" not in ended.errors
    assert stopped not in stored_stages(project)
    ended = run_and_edit(project, {})
    assert ended.answer.get("verdict") == "NotPromoted", ended.errors


def test_the_contract_is_read_once(project: Path, prefect_server: str) -> None:
    edit = append("# edited", "data_contracts/wine_reviews.odcs.yaml")
    ended = run_and_edit(project, {"split": edit})
    assert ended.answer.get("verdict") == "NotPromoted", ended.errors
    again = run_and_edit(project, {})
    assert again.answer.get("verdict") == "Unchanged", again.errors
    assert {"ingest", "validate"} <= again.worked


def test_a_compiled_file_of_other_source_is_not_run(project: Path, prefect_server: str) -> None:
    module = project / "tasks/split.py"
    source = module.read_text()
    module.write_text("1 / 0".ljust(len(source)))
    py_compile.compile(str(module))
    written = module.stat()
    module.write_text(source)
    os.utime(module, ns=(written.st_atime_ns, written.st_mtime_ns))
    ended = run_and_edit(project, {})
    assert ended.answer.get("verdict") == "NotPromoted", ended.errors


def test_a_library_that_is_upgraded_during_a_run_stops_it(
    project: Path, prefect_server: str, tmp_path: Path
) -> None:
    library = tmp_path / "libraries"
    told = library / "grape-1.0.dist-info"
    told.mkdir(parents=True)
    (library / "grape.py").write_text("")
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: grape\nVersion: 1.0\n")
    (told / "top_level.txt").write_text("grape\n")
    with (project / "tasks/split.py").open("a") as file:
        file.write("import grape\n")
    ended = run_and_edit(project, {"split": f"mv {told} {library}/grape-2.0.dist-info"}, library)
    assert ended.code == 1
    line = ended.errors.strip().splitlines()[-1]
    assert line == "error: grape was 1.0 when this run began and is 2.0 now; run again"
    assert "split" not in stored_stages(project)


def test_the_gate_is_edited_while_a_deployment_trains(project: Path, prefect_home: Path) -> None:
    before = digest_file(project / GATE)
    with serving(prefect_home, project) as served:
        run = served.start("retraining/weekly", source="demo", preset="demo")
        wait_for(lambda: "train_model" in served.tasks_of(run))
        with (project / GATE).open("a") as file:
            file.write(BREAKING)
        ended = served.end_of(run)
        assert ended.state_name == "Promoted", ended.state
        assert only_output(served.store, "promote").ingredients["code"][GATE] == before
        again = served.watch("retraining/weekly", source="demo", preset="demo")
        # The new gate cannot even be imported.
        assert again.state_name == "Crashed"
        assert "RuntimeError: edited" in served.log.read_text()
