"""Ridge regression on TF-IDF of words and bigrams, the baseline that is hard to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.configuration.parameters import BaselineParameters


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
        Estimates for the test texts, (rows,). If no word is in enough of the training texts, each
        is the mean of the training targets.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=min(parameters.document_count_min, len(train_texts)),
        sublinear_tf=True,
        dtype=np.float32,
    )
    try:
        features = vectorizer.fit_transform(train_texts)
    except ValueError:
        # No word is in enough of the texts, as where each is a single word of Chinese.
        return np.full(len(test_texts), float(np.mean(train_targets)))
    ridge = Ridge(alpha=parameters.ridge_alpha, solver="sparse_cg", tol=1e-3)
    ridge.fit(features, train_targets.astype(np.float32))
    predicted = ridge.predict(vectorizer.transform(test_texts))
    return np.asarray(predicted, np.float64)
