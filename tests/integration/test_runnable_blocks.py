"""The documentation's blocks that are marked as runnable do run, on demo reviews."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.configuration.verdicts import Verdict
from tests.commands import ROOT
from tests.test_documentation import PAGES, read_tokens

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

TUTORIAL = ROOT / "docs/tutorial.md"
AS_SHELL = {"sh runnable": "{}", "python runnable": "python - <<'END_OF_BLOCK'\n{}END_OF_BLOCK\n"}


def read_script(page: Path) -> str:
    """Join the runnable blocks of a page."""
    fences = [token for token in read_tokens(page) if token.type == "fence"]
    return "".join(AS_SHELL[f.info].format(f.content) for f in fences if f.info in AS_SHELL)


OTHER_PAGES = [page for page in PAGES if page != TUTORIAL and read_script(page)]


def make_project(folder: Path) -> None:
    """Make a folder in which make finds everything installed."""
    binaries = Path(sys.executable).parent
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("requirements.lock", "pyproject.toml", "flows/entry_point.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(binaries)
    (folder / ".venv/installed-requirements.lock").touch()
    subprocess.run(["make", "--question", "install"], cwd=folder, check=True)


def run_blocks(page: Path, folder: Path, home: Path) -> str:
    """Run the blocks of a page in order in a project's folder; return the output."""
    # Of the environment of the tests no more than this: make and Prefect would read the rest.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(home), "PREFECT_HOME": str(home / "prefect")}
    ended = subprocess.run(
        ["bash", "-exc", read_script(page)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def store(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store that a reader of the tutorial has."""
    folder = tmp_path_factory.mktemp("tutorial")
    make_project(folder)
    said = run_blocks(TUTORIAL, folder, home)
    verdicts = re.findall(rf"^({'|'.join(Verdict)}): ", said, re.MULTILINE)
    assert verdicts[:2] == ["Promoted", "Unchanged"]
    assert verdicts[2] in ("Promoted", "KeptChampion")
    assert verdicts[3:] == ["Scored"]
    assert (folder / "scores.parquet").exists()
    return folder / "store"


@pytest.mark.parametrize("page", OTHER_PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_runs(page: Path, store: Path, home: Path, tmp_path: Path) -> None:
    make_project(tmp_path)
    shutil.copytree(store, tmp_path / "store")
    run_blocks(page, tmp_path, home)
