"""Adding a stage takes its module, its parameters and one line in the flow; nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.champions.champion import ChampionRoom
from tasks.storage.opening import open_store
from tests.commands import ROOT, finish, start_retraining
from tests.store_contents import only_output

pytestmark = pytest.mark.slow

MODULE = '''"""Augment: training reviews with their first words once more."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tasks.configuration.parameters import AugmentParameters
from tasks.engine.stages import stage
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace


@stage("augment")
def augment_reviews(workspace: Workspace, train: Artifact, parameters: AugmentParameters) -> Output:
    """Add the beginnings of some training reviews."""
    reviews = workspace.read_table(train, "train.parquet")
    copied = reviews.slice(0, parameters.rows)
    at = reviews.schema.get_field_index("description")
    cut = pc.utf8_slice_codeunits(copied["description"], 0, 20)
    copied = copied.set_column(at, reviews.schema.field(at), cut)
    workspace.write_table(pa.concat_tables([reviews, copied]), "train.parquet")
    return Output(facts={"added_rows": copied.num_rows})
'''

PARAMETERS = '''class AugmentParameters(Parameters):
    """Which reviews are added."""

    rows: Rows = 10
    """How many reviews are added."""


class VectorizerParameters('''

FIELD = '''    augment: AugmentParameters = AugmentParameters()
    """Settings of the augmentation."""
    vectorizer: VectorizerParameters ='''

IMPORT = "from tasks.augment import augment_reviews"
CALL = "train = augment_reviews(run, train, settings.augment)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project."""
    root = tmp_path / "project"
    for folder in ("flows", "tasks", "data_contracts"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("prefect.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    return root


def edit(path: Path, old: str, new: str) -> None:
    content = path.read_text()
    assert content.count(old) == 1, path
    path.write_text(content.replace(old, new))


@pytest.mark.usefixtures("prefect_server")
def test_a_stage_is_added(project: Path) -> None:
    (project / "tasks/augment.py").write_text(MODULE)
    configuration = project / "tasks/configuration"
    edit(configuration / "parameters.py", "class VectorizerParameters(", PARAMETERS)
    edit(
        configuration / "settings.py",
        "    BaselineParameters,\n    Evaluation",
        "    AugmentParameters,\n    BaselineParameters,\n    Evaluation",
    )
    edit(configuration / "settings.py", "    vectorizer: VectorizerParameters =", FIELD)
    flow = project / "flows/retraining.py"
    edit(
        flow,
        "from tasks.baselines",
        "from tasks.augment import augment_reviews\nfrom tasks.baselines",
    )
    edit(
        flow,
        "    vocabulary = adapt_vectorizer(",
        f"    {CALL}\n    vocabulary = adapt_vectorizer(",
    )
    store = project / "store"

    first = finish(start_retraining(store, "--augment.rows=7", root=project))
    assert first.code == 0, first.errors
    assert first.states["augment"] == "Completed"
    augmented = only_output(store, "augment")
    assert augmented.facts == {"added_rows": 7}
    again = finish(start_retraining(store, "--augment.rows=7", root=project))
    assert set(again.states.values()) - {"Completed"} == {"Cached"}
    assert again.worked == set()
    other = finish(start_retraining(store, "--augment.rows=8", "--dry-run", root=project))
    changed = {n for n, s in other.states.items() if s == "WouldRun"}
    assert {"augment", "vectorize", "train", "evaluate", "promote", "report"} <= changed
    assert not changed & {"ingest", "validate", "split"}

    (event,) = ChampionRoom(open_store(str(store))).history()
    assert event.lineage["outputs"]["augment"] == augmented.path
    assert event.lineage["parameters"]["augment"]["parameters"] == {"rows": 7}
    refreshed = finish(start_retraining(store, "--refresh=augment", "--dry-run", root=project))
    assert refreshed.code == 0, refreshed.errors
    said = subprocess.run(
        [sys.executable, "-m", "flows.retraining", "--help"],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "--augment.rows int" in said
    assert "How many reviews are added." in " ".join(said.split())
