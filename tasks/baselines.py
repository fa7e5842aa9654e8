"""Baselines: the simple models that a candidate has to beat."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import BaselineParameters
from tasks.engine.stages import stage
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace


def predict_with_ridge(
    train_texts: list[str],
    train_targets: NDArray[np.float64],
    test_texts: list[str],
    parameters: BaselineParameters,
) -> NDArray[np.float64]:
    """Fit a ridge regression on sublinear TF-IDF of words and bigrams, and predict the test texts.

    Args:
        train_texts: texts to train on.
        train_targets: their targets, (rows,).
        test_texts: texts to predict.
        parameters: the penalty, and the fewest documents that a word or bigram must be in.

    Returns:
        Estimates for the test texts, (rows,).
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=min(parameters.document_count_min, len(train_texts)),
        sublinear_tf=True,
        dtype=np.float32,
    )
    features = vectorizer.fit_transform(train_texts)
    ridge = Ridge(alpha=parameters.ridge_alpha, solver="sparse_cg", tol=1e-3)
    ridge.fit(features, train_targets.astype(np.float32))
    predicted = ridge.predict(vectorizer.transform(test_texts))
    return np.asarray(predicted, np.float64)


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
