"""Vectorize: train -> vocabulary, by Keras' TextVectorization."""

from __future__ import annotations

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import VectorizerParameters
from tasks.engine.stages import stage
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace


@stage("vectorize")
def adapt_vectorizer(
    workspace: Workspace, train: Artifact, dataset: Dataset, parameters: VectorizerParameters
) -> Output:
    """Write the vocabulary of the training texts as a JSON list."""
    from tasks.modelling.vectorizer import adapt_vocabulary

    reviews = workspace.read_table(train, "train.parquet", columns=[dataset.text])
    vocabulary = adapt_vocabulary(reviews[dataset.text].to_pylist(), parameters)
    workspace.write_json(vocabulary, "vocabulary.json")
    return Output(facts={"tokens": len(vocabulary) + 2})
