"""A change in the code runs the stages that it reaches; what follows, where content differs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands import STAGES, copy_project, finish, start_retraining

CONTRACT = "data_contracts/wine_reviews.odcs.yaml"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, prefect_server: str) -> Path:
    """A copy of the project, and in it a store in which the small demo run was done once."""
    root = copy_project(tmp_path_factory.mktemp("project"))
    ended = finish(start_retraining(root / "store", root=root))
    assert ended.code == 0, ended.errors
    return root


@contextmanager
def changed(file: Path, old: str, new: str) -> Iterator[None]:
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new, 1), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")


def run_with(project: Path, store: Path, path: str, old: str, new: str) -> set[str]:
    """Run the copy with a change in one of its files, on a copy of the store."""
    shutil.copytree(project / "store", store)
    with changed(project / path, old, new):
        ended = finish(start_retraining(store, root=project))
    assert ended.code == 0, ended.errors
    return ended.worked


STAGE_FILES = {
    "tasks/ingest.py": {"ingest"},
    "tasks/sources/reading/unpack.py": {"ingest"},
    "tasks/validate.py": {"validate"},
    "data_contracts/checks.py": {"validate"},
    "tasks/pages/data_quality.html": {"validate"},
    "tasks/pages/macros.html": {"validate", "report"},
    "tasks/split.py": {"split"},
    "tasks/vectorize.py": {"vectorize"},
    "tasks/train.py": {"train"},
    "tasks/modelling/progress.py": {"train"},
    "tasks/modelling/network.py": {"train"},
    "tasks/modelling/tokens.py": {"vectorize", "train", "evaluate", "promote", "report"},
    "tasks/baselines.py": {"baselines"},
    "tasks/evaluate.py": {"evaluate"},
    "tasks/promote.py": {"promote"},
    "tasks/modelling/slices.py": {"evaluate", "promote", "report"},
    "tasks/champions/champion_rules.py": {"promote"},
    "tasks/report.py": {"report"},
    "tasks/pages/run_report.html": {"report"},
    "tasks/pages/run_macros.html": {"report"},
}


@pytest.mark.parametrize("path", sorted(STAGE_FILES))
def test_a_comment_runs_its_stage_and_what_follows_is_found(
    project: Path, tmp_path: Path, path: str
) -> None:
    text = (project / path).read_text(encoding="utf-8")
    comment = "{# a comment #}" if path.endswith(".html") else "# a comment\n"
    worked = run_with(project, tmp_path / "store", path, text, text + comment)
    assert worked == STAGE_FILES[path]


@pytest.mark.parametrize(
    "path", ["tasks/engine/stages.py", "tasks/champions/history.py", "tasks/champions/champion.py"]
)
def test_a_comment_in_the_plumbing_runs_nothing(project: Path, tmp_path: Path, path: str) -> None:
    text = (project / path).read_text(encoding="utf-8")
    assert run_with(project, tmp_path / "store", path, text, text + "\n# more\n") == set()


@pytest.mark.parametrize(
    ("path", "old", "new", "worked"),
    [
        (
            "tasks/modelling/sides.py",
            'f"{seed}:"',
            'f"{seed}-"',
            {"split", "baselines"},
        ),
        (
            "tasks/modelling/sides.py",
            "sides[numbers < test_below] = 2",
            "sides[numbers < test_below // 2] = 2",
            {"split", "train", "baselines", "evaluate", "promote", "report"},
        ),
        (
            "tasks/modelling/network.py",
            "go_backwards=backwards,",
            "go_backwards=backwards, unit_forget_bias=False,",
            {"train", "evaluate", "promote", "report"},
        ),
        (
            "tasks/modelling/ridge.py",
            "alpha=parameters.ridge_alpha",
            "alpha=9 * parameters.ridge_alpha",
            {"baselines", "evaluate", "promote", "report"},
        ),
        (
            CONTRACT,
            "mustBeLessOrEqualTo: 15,",
            "mustBeLessOrEqualTo: 16,",
            {"ingest", "validate"},
        ),
        (
            CONTRACT,
            "minimum: 80,",
            "minimum: 81,",
            set(STAGES) - {"fetch"},
        ),
    ],
)  # fmt: skip
def test_what_is_written_differently_runs_what_follows(
    project: Path, tmp_path: Path, path: str, old: str, new: str, worked: set[str]
) -> None:
    assert run_with(project, tmp_path / "store", path, old, new) == worked


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("required: true", "requird: true", "requird: the standard has no such key here"),
        ("physicalType: int64", "physicalType: int32", "physicalType must be int64 "),
    ],
)
def test_a_contract_that_cannot_be_read_is_told_in_a_line(
    project: Path, tmp_path: Path, old: str, new: str, says: str
) -> None:
    with changed(project / CONTRACT, old, new):
        ended = finish(start_retraining(tmp_path / "store", root=project))
    assert ended.code == 1
    assert "Traceback" not in ended.errors
    line = ended.errors.strip().splitlines()[-1]
    assert line.startswith(f"error: {project / CONTRACT}: ")
    assert says in line
