"""A stage or a model type takes its module, its parameters and one line; nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.champions.champion import ChampionRegistry
from tasks.storage.opening import open_store
from tests.commands import (
    FEW,
    ROOT,
    SMALL,
    Ended,
    copy_project,
    finish,
    start,
    start_retraining,
)
from tests.store_contents import only_output

pytestmark = pytest.mark.slow

MODULE = '''"""Augment: training reviews with their first words once more."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import AugmentParameters
from tasks.engine.stages import stage
from tasks.modelling.texts import DIGESTS, digest_texts
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace


@stage("augment")
def augment_reviews(
    workspace: Workspace, train: Artifact, dataset: Dataset, parameters: AugmentParameters
) -> Output:
    """Add the beginnings of some training reviews."""
    reviews = workspace.read_table(train, "train.parquet")
    copied = reviews.slice(0, parameters.rows)
    cut = pc.utf8_slice_codeunits(copied[dataset.text], 0, 20)
    digests = digest_texts(cut)
    for name, values in {dataset.text: cut, DIGESTS: digests}.items():
        at = reviews.schema.get_field_index(name)
        copied = copied.set_column(at, reviews.schema.field(at), values)
    workspace.write_table(pa.concat_tables([reviews, copied]), "train.parquet")
    return Output(facts={"added_rows": copied.num_rows})
'''

PARAMETERS = '''class AugmentParameters(Parameters):
    """Which reviews are added."""

    rows: Rows = 10
    """How many reviews are added."""


class VectorizerParameters('''

LINEAR = '''"""The model type `linear`: ridge regression on which words stand in a text."""

from __future__ import annotations

import keras
import numpy as np
from sklearn.linear_model import Ridge

from tasks.configuration.parameters import LinearParameters, TrainingParameters
from tasks.modelling.device import Device
from tasks.modelling.model_types import TrainedModel, TrainingData
from tasks.storage.resuming import State


def train(
    data: TrainingData,
    parameters: LinearParameters,
    training: TrainingParameters,
    device: Device,
    state: State,
) -> TrainedModel:
    """Fit the weights of all words at once."""
    layer = keras.layers.TextVectorization(output_mode="multi_hot", vocabulary=data.words)
    texts = keras.Input((1,), dtype="string")
    output = keras.layers.Dense(1)
    model = keras.Model(texts, output(layer(texts)))

    text, target = data.dataset.text, data.dataset.target.name

    train, validation = data.train.read(), data.validation.read()

    def count(table):
        strings = np.array(table[text].to_pylist(), dtype=object)[:, None]
        return layer(keras.ops.convert_to_tensor(strings)).numpy()

    ridge = Ridge(parameters.alpha).fit(count(train), train[target].to_numpy())
    output.set_weights([ridge.coef_[:, None], np.array([ridge.intercept_])])
    estimated = ridge.predict(count(validation))
    mae = float(np.abs(estimated - validation[target].to_numpy()).mean())
    return TrainedModel(model, {"validation_mae": mae, "parameters": model.count_params()}, [])
'''

LINEAR_PARAMETERS = '''class LinearParameters(ModelParameters):
    """The shape of the linear model."""

    trained_by = "tasks.modelling.linear"

    alpha: Annotated[float, Field(gt=0)] = 1.0
    """L2 penalty of the weights."""


class TrainingParameters('''

LINEAR_FIELD = '''    linear: LinearParameters = LinearParameters()
    """Settings of the linear model."""
    training: TrainingParameters ='''

FIELD = '''    augment: AugmentParameters = AugmentParameters()
    """Settings of the augmentation."""
    vectorizer: VectorizerParameters ='''

IMPORT = "from tasks.augment import augment_reviews"
CALL = "train = augment_reviews(run, train, dataset, settings.augment)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, with its tests."""
    project = copy_project(tmp_path / "project")
    shutil.copytree(ROOT / "tests", project / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    return project


def check_tests(project: Path) -> None:
    """Run those tests of the copy that hold for every stage and every setting."""
    tests = ("tests/test_layout.py", "tests/flows/test_command_line.py")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    environment = os.environ | {"PYTHONPATH": str(project)}
    ended = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def run_module(project: Path, module: str, *words: str) -> tuple[int, str]:
    """Run a command of the copy; return its exit code and what it wrote."""
    process = start(f"flows.{module}", list(words), root=project)
    process.communicate()
    return process.wait(), process.output


def ask_help(project: Path) -> str:
    return " ".join(run_module(project, "retraining", "--help")[1].split())


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
    edit(project / "tests/commands.py", '"split", "vectorize"', '"split", "augment", "vectorize"')
    check_tests(project)
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

    (event,) = ChampionRegistry(open_store(str(store))).history()
    assert event.lineage["outputs"]["augment"] == augmented.path
    assert event.lineage["parameters"]["augment"]["parameters"] == {"rows": 7}
    refreshed = finish(start_retraining(store, "--refresh=augment", "--dry-run", root=project))
    assert refreshed.code == 0, refreshed.errors
    said = ask_help(project)
    assert "--augment.rows int" in said
    assert "How many reviews are added." in said


@pytest.mark.usefixtures("prefect_server")
def test_a_model_type_is_added(project: Path) -> None:
    (project / "tasks/modelling/linear.py").write_text(LINEAR)
    configuration = project / "tasks/configuration"
    edit(configuration / "parameters.py", "class TrainingParameters(", LINEAR_PARAMETERS)
    settings = configuration / "settings.py"
    edit(settings, "    ModelParameters,\n", "    LinearParameters,\n    ModelParameters,\n")
    edit(settings, "    training: TrainingParameters =", LINEAR_FIELD)
    check_tests(project)
    store, chosen = project / "store", "--training.model=linear"

    def train_linear(*arguments: str) -> Ended:
        words = [word for word in SMALL if not word.startswith("--network.")]
        words = [f"--store={store}", "--json", *words, chosen, *arguments]
        return finish(start("flows.retraining", words, root=project))

    first = train_linear("--linear.alpha=2")
    assert first.code == 0, first.errors
    trained = only_output(store, "train")
    assert trained.facts.keys() == {"validation_mae", "parameters"}
    assert "tasks/modelling/linear.py" in trained.ingredients["code"]
    assert "tasks/modelling/network.py" not in trained.ingredients["code"]
    again = train_linear("--linear.alpha=2")
    assert again.worked == set()
    (event,) = ChampionRegistry(open_store(str(store))).history()
    assert event.lineage["parameters"]["train"]["model_parameters"] == {"alpha": 2.0}
    for module, *words in (
        ("champion", "promote", event.version, "--reason=test"),
        ("scoring", "--json", *FEW),
        ("export", f"--output={project / 'exported'}"),
    ):
        code, output = run_module(project, module, *words, f"--store={store}")
        assert code == 0, output
    assert (project / "exported/saved_model.pb").exists()
    (scores,) = (store / "scores").glob("scores.parquet")
    assert pq.read_table(scores).num_rows > 300
    page = Path(first.answer["report"]).read_text(encoding="utf-8")
    assert "Learning curves" not in page

    other = train_linear("--linear.alpha=3", "--dry-run")
    changed = {n for n, s in other.states.items() if s == "WouldRun"}
    assert changed == {"train", "evaluate", "promote", "learning_curve", "report"}
    idle = finish(start_retraining(store, chosen, root=project))
    assert idle.code == 2
    assert "has no effect, as training.model is linear" in idle.answer["error"]
    said = ask_help(project)
    assert "--linear.alpha float" in said
