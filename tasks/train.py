"""Train: train + validation + vocabulary -> the model of the best epoch, and the history."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import (
    ModelParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.engine.stages import stage
from tasks.modelling.device import prepare_tensorflow
from tasks.modelling.model_file import MODEL
from tasks.modelling.model_types import TrainingData, find_model_type
from tasks.storage.artifacts import Artifact, Output, digest_json
from tasks.storage.resuming import STATE_FILE
from tasks.storage.workspace import Workspace

if TYPE_CHECKING:
    import keras


def digest_model(model: keras.Model, vocabulary: list[str]) -> str:
    """Digest a model's configuration, weights and vocabulary; its file holds the time of saving."""
    weights = hashlib.sha256()
    for weight in model.get_weights():
        if isinstance(weight, np.ndarray) and weight.dtype != object:
            weights.update(np.ascontiguousarray(weight).tobytes())
    return digest_json([json.loads(model.to_json()), weights.hexdigest(), vocabulary])


@stage("train")
def train_model(
    workspace: Workspace,
    train: Artifact,
    validation: Artifact,
    vocabulary: Artifact,
    dataset: Dataset,
    vectorizer_parameters: VectorizerParameters,
    model_parameters: ModelParameters,
    parameters: TrainingParameters,
) -> Output:
    """Train a model of the type of `model_parameters`, and save it as `model.keras`."""
    device = prepare_tensorflow(parameters)
    words = workspace.read_json(vocabulary, "vocabulary.json")
    data = TrainingData(
        workspace.open_table(train, "train.parquet"),
        workspace.open_table(validation, "validation.parquet"),
        dataset,
        words,
        vectorizer_parameters,
        workspace.scratch,
    )
    model_type, state = find_model_type(model_parameters), workspace.state(STATE_FILE)
    trained = model_type.train(data, model_parameters, parameters, device, state)
    with workspace.writing(MODEL) as path:
        trained.model.save(path)
    workspace.write_json(trained.history, "history.json")
    digest = digest_json([digest_model(trained.model, words), trained.history])
    return Output(facts=trained.facts, digest=digest)
