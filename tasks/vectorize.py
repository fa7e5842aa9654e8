"""Vectorize: train -> vocabulary, by Keras' TextVectorization."""

from __future__ import annotations

import numpy as np

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import VectorizerParameters
from tasks.engine.stages import stage
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

ADAPT_BATCH_SIZE = 1024


def adapt_vocabulary(texts: list[str], parameters: VectorizerParameters) -> list[str]:
    """Collect the most frequent tokens of the texts.

    Returns:
        The tokens without padding and unknown token, the most frequent first; the order of equally
        frequent tokens is fixed.
    """
    from tasks.modelling.vectorizer import make_vectorizer

    vectorizer = make_vectorizer(parameters)
    vectorizer.adapt(np.array(texts, dtype=object), batch_size=ADAPT_BATCH_SIZE)
    return [str(token) for token in vectorizer.get_vocabulary(include_special_tokens=False)]


@stage("vectorize")
def adapt_vectorizer(
    workspace: Workspace, train: Artifact, dataset: Dataset, parameters: VectorizerParameters
) -> Output:
    """Write the vocabulary of the training texts as a JSON list."""
    reviews = workspace.read_table(train, "train.parquet", columns=[dataset.text])
    vocabulary = adapt_vocabulary(reviews[dataset.text].to_pylist(), parameters)
    workspace.write_json(vocabulary, "vocabulary.json")
    return Output(facts={"tokens": len(vocabulary) + 2})
