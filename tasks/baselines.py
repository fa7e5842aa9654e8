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
    columns = [dataset.text, dataset.target.name]
    train_table = workspace.read_table(train, "train.parquet", columns=columns)
    test_table = workspace.read_table(test, "test.parquet", columns=["row_number", dataset.text])
    targets = train_table[dataset.target.name].to_numpy()
    texts, test_texts = (table[dataset.text].to_pylist() for table in (train_table, test_table))
    predictions = {
        "row_number": test_table["row_number"],
        "median": np.full(test_table.num_rows, float(np.median(targets))),
        "ridge": predict_with_ridge(texts, targets, test_texts, parameters),
    }
    workspace.write_table(pa.table(predictions), "predictions.parquet")
    return Output(facts={"test_rows": test_table.num_rows})
