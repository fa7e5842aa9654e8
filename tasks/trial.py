"""Trial: train + validation + vocabulary -> the validation MAE of each epoch, without the model."""

from __future__ import annotations

import logging
from typing import Any

from data_contracts.dataset import Dataset
from tasks.configuration.errors import TrainingError
from tasks.configuration.parameters import (
    ModelParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.engine.stages import stage
from tasks.modelling.device import prepare_tensorflow
from tasks.modelling.early_stopping import is_behind
from tasks.modelling.model_types import TrainingData, find_model_type
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.resuming import STATE_FILE
from tasks.storage.workspace import Workspace

RESULT = "trial.json"


@stage("trial")
def run_trial(
    workspace: Workspace,
    train: Artifact,
    validation: Artifact,
    vocabulary: Artifact,
    dataset: Dataset,
    vectorizer_parameters: VectorizerParameters,
    model_parameters: ModelParameters,
    parameters: TrainingParameters,
    limits: list[float | None],
) -> Output:
    """Train as `train_model` does, but stop where `limits` say so, and write `trial.json`."""
    device = prepare_tensorflow(parameters)
    # It would warn of the third network that one process builds.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    data = TrainingData(
        workspace.open_table(train, "train.parquet"),
        workspace.open_table(validation, "validation.parquet"),
        dataset,
        workspace.read_json(vocabulary, "vocabulary.json"),
        vectorizer_parameters,
        workspace.scratch,
        limits,
    )
    model_type, state = find_model_type(model_parameters), workspace.state(STATE_FILE)
    try:
        trained = model_type.train(data, model_parameters, parameters, device, state)
    except TrainingError as error:
        # The result of a trial like any other: the tuning goes on.
        content: dict[str, Any] = {"state": "diverged", "maes": [], "validation_mae": None}
        content["reason"] = str(error)
    else:
        content = {
            "state": "pruned" if is_behind(trained.history, limits) else "complete",
            "maes": [epoch["validation_mae"] for epoch in trained.history],
            "validation_mae": trained.facts["validation_mae"],
        }
    workspace.write_json(content, RESULT)
    return Output(facts={"state": content["state"], "validation_mae": content["validation_mae"]})
