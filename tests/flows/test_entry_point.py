"""The installed command, where another project's packages come first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.entry_point import PACKAGES, find_project
from flows.wine_points import COMMANDS
from tasks.engine import own_code
from tests.commands import ROOT

SCRIPT = Path(sys.executable).with_name("wine-points")


def run(words: list[str], cwd: Path, python_path: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": python_path}
    return subprocess.run(
        [SCRIPT, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("file", ["flows/__init__.py", "tasks/__init__.py", "data_contracts.py"])
@pytest.mark.parametrize("place", ["{folder}", ".", "{root}:{folder}"])
def test_a_hidden_package_is_named_with_both_folders(tmp_path: Path, file: str, place: str) -> None:
    other = tmp_path / file
    other.parent.mkdir(exist_ok=True)
    other.write_text("raise RuntimeError('of another project')")
    ended = run(["--version"], tmp_path, place.format(folder=tmp_path, root=ROOT))
    if place.startswith("{root}"):
        assert (ended.returncode, ended.stderr) == (0, "")
        return
    name = file.partition("/")[0].removesuffix(".py")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"error: this command would import the package {name} from {tmp_path}, not from {ROOT}:"
        f" remove {tmp_path} from PYTHONPATH, or uninstall the package\n"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_refuses_to_start_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/__init__.py").touch()
    ended = run([name], tmp_path, str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: this command would import the package flows from ")
    assert ended.stderr.count("\n") == 1


def test_the_installed_copy_is_this_module() -> None:
    import wine_points_command

    assert wine_points_command.find_project() == ROOT
    source = Path(wine_points_command.__file__).read_text()
    assert source == (ROOT / "flows/entry_point.py").read_text()


def test_a_wheel_is_looked_for_where_it_was_unpacked() -> None:
    assert find_project() == ROOT / "flows"  # beside this module lies no link


def test_all_packages_are_looked_for() -> None:
    assert set(PACKAGES) == set(own_code.PACKAGES)
