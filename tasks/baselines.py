"""Baselines: the simple models that a candidate has to beat."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import BaselineParameters
from tasks.engine.stages import stage
from tasks.modelling.ridge import predict_with_ridge
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
    known = workspace.open_table(train, "train.parquet")
    tested = workspace.open_table(test, "test.parquet")
    targets = known.read([dataset.target.name])[dataset.target.name].to_numpy()
    predictions = {
        "row_number": tested.read(["row_number"])["row_number"],
        "median": np.full(tested.rows, float(np.median(targets))),
        "ridge": predict_with_ridge(known, tested, dataset, parameters),
    }
    workspace.write_table(pa.table(predictions), "predictions.parquet")
    ridge_rows = min(known.rows, parameters.train_rows_max)
    return Output(facts={"test_rows": tested.rows, "ridge_rows": ridge_rows})
