"""Learning curve: parts of the training set -> the validation MAE of the model and of ridge.

The curve tells whether more reviews would help a model that does not beat ridge regression.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import (
    BaselineParameters,
    LearningCurveParameters,
    ModelParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.engine.stages import stage
from tasks.modelling.device import prepare_tensorflow
from tasks.modelling.model_types import TrainingData, find_model_type
from tasks.modelling.ridge import predict_with_ridge
from tasks.modelling.rounding import round_to_step
from tasks.modelling.sides import choose_sample
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.resuming import STATE_FILE
from tasks.storage.stored_table import StoredTable
from tasks.storage.workspace import Workspace


@stage("learning_curve", depends_on_facts=True)
def measure_learning_curve(
    workspace: Workspace,
    train: Artifact,
    validation: Artifact,
    trained: Artifact,
    dataset: Dataset,
    vectorizer: VectorizerParameters,
    model: ModelParameters,
    training: TrainingParameters,
    baselines: BaselineParameters,
    parameters: LearningCurveParameters,
) -> Output:
    """Train on parts of the training set, and write a point for each part and for the whole.

    A point has the number of training `rows`, and the validation MAE of the `network` and of
    `ridge`. The samples are nested: a larger part contains the smaller ones.
    """
    from tasks.modelling.vectorizer import adapt_vocabulary

    table = workspace.open_table(train, "train.parquet")
    side = workspace.open_table(validation, "validation.parquet")
    digests = table.read([DIGESTS])[DIGESTS]
    curve: list[dict[str, Any]] = []
    for fraction in sorted(parameters.fractions):
        part = table.filter(choose_sample(digests, max(1, round(fraction * table.rows)), 0))
        words = adapt_vocabulary(part.texts(dataset.text), vectorizer)
        data = TrainingData(part, side, dataset, words, vectorizer, workspace.scratch)
        state = workspace.state(f"{fraction:g}-{STATE_FILE}")
        device = prepare_tensorflow(training)
        found = find_model_type(model).train(data, model, training, device, state)
        mae = found.facts["validation_mae"]
        curve.append({"network": mae} | _measure_ridge(part, side, dataset, baselines))
    whole = {"network": trained.facts["validation_mae"]}
    curve.append(whole | _measure_ridge(table, side, dataset, baselines))
    workspace.write_json(curve, "learning_curve.json")
    return Output(facts={"parts": len(curve)})


def _measure_ridge(
    train: StoredTable, validation: StoredTable, dataset: Dataset, parameters: BaselineParameters
) -> dict[str, Any]:
    """Return the number of training rows, and the validation MAE of ridge."""
    estimated = predict_with_ridge(train, validation, dataset, parameters)
    targets = validation.read([dataset.target.name])[dataset.target.name].to_numpy()
    errors = round_to_step(estimated, dataset.target) - targets
    return {"rows": train.rows, "ridge": float(np.abs(errors).mean())}
