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

    reviews = workspace.open_table(train, "train.parquet")
    vocabulary = adapt_vocabulary(reviews.texts(dataset.text), parameters)
    workspace.write_json(vocabulary, "vocabulary.json")
    return Output(facts={"tokens": len(vocabulary) + 2})
