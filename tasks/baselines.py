"""Baselines: the simple models that a candidate has to beat."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import BaselineParameters
from tasks.engine.stages import stage
from tasks.modelling.ridge import predict_with_ridge, sample_train
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace


@stage("baselines")
def fit_baselines(
    workspace: Workspace,
    train: Artifact,
    test: Artifact,
    dataset: Dataset,
    parameters: BaselineParameters,
) -> Output:
    """Write each baseline's predictions on the test set, one column each, to Parquet."""
    reviews = workspace.open_table(train, "train.parquet")
    asked = workspace.open_table(test, "test.parquet")
    targets = reviews.read([dataset.target.name])[dataset.target.name].to_numpy()
    predictions = {
        "row_number": asked.read(["row_number"])["row_number"],
        "median": np.full(asked.rows, float(np.median(targets))),
        "ridge": predict_with_ridge(reviews, asked, dataset, parameters),
    }
    workspace.write_table(pa.table(predictions), "predictions.parquet")
    ridge_rows = sample_train(reviews, parameters).rows
    return Output(facts={"test_rows": asked.rows, "ridge_rows": ridge_rows})
