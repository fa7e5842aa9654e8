"""Ridge regression on TF-IDF of words and bigrams, the baseline that is hard to beat."""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import BaselineParameters
from tasks.modelling.sides import choose_sample
from tasks.modelling.texts import DIGESTS
from tasks.storage.stored_table import StoredTable


def predict_with_ridge(
    train: StoredTable, others: StoredTable, dataset: Dataset, parameters: BaselineParameters
) -> NDArray[np.float64]:
    """Fit a ridge regression on sublinear TF-IDF of words and bigrams, and predict other reviews.

    Args:
        train: reviews to train on, with the digests of their texts. Of more than `train_rows_max`,
            a sample is trained on.
        others: reviews to predict.
        dataset: names of the text and the target.
        parameters: of the regression.

    Returns:
        Estimates for `others`, (rows,). If no word is in enough of the training texts, each is the
        mean of the training targets.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    sample = _sample(train, parameters)
    targets = sample.read([dataset.target.name])[dataset.target.name].to_numpy()
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=min(parameters.document_count_min, sample.rows),
        sublinear_tf=True,
        dtype=np.float32,
    )
    try:
        features = vectorizer.fit_transform(chain.from_iterable(sample.texts(dataset.text)))
    except ValueError:
        # No word is in enough of the texts, as where each is a single word of Chinese.
        return np.full(others.rows, float(np.mean(targets)))
    ridge = Ridge(alpha=parameters.ridge_alpha, solver="sparse_cg", tol=1e-3)
    ridge.fit(features, targets.astype(np.float32))
    parts = [ridge.predict(vectorizer.transform(texts)) for texts in others.texts(dataset.text)]
    return np.concatenate(parts).astype(np.float64)


def _sample(train: StoredTable, parameters: BaselineParameters) -> StoredTable:
    """Return the training reviews, or a sample of `train_rows_max` of them if there are more."""
    if train.rows <= parameters.train_rows_max:
        return train
    digests = train.read([DIGESTS])[DIGESTS]
    return train.filter(choose_sample(digests, parameters.train_rows_max, 0))
