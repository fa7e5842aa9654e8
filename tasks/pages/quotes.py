"""The reviews in a run's report: an example of each set as tokens, and the worst predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from tasks.configuration.parameters import VectorizerParameters
from tasks.configuration.settings import Settings
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact
from tasks.storage.workspace import Workspace

WINE_COLUMNS = ("title", "variety", "country", "price", "description")

SPECIAL_TOKENS = 2
"""Number of Keras' special tokens: 0 is padding, 1 the unknown token."""


def show_example(
    side: str, reviews: pa.Table, numbers: dict[str, int], parameters: VectorizerParameters
) -> dict[str, Any]:
    """Show the first review of a set as the model reads it.

    Args:
        side: name of the set.
        reviews: the set.
        numbers: the number of each token of the vocabulary.
        parameters: how texts become tokens.

    Returns:
        The set's shape and types, the review, and `tokens` as pairs of token and number, 1 if it is
        unknown. `cut` is the number of tokens that are cut off, `padding` that of empty places.
    """
    from tasks.modelling.tokens import tokenize

    review = reviews.slice(0, 1).to_pylist()[0]
    tokens = tokenize([review["description"]], parameters)[0]
    length = parameters.sequence_length
    return {
        "side": side,
        "rows": reviews.num_rows,
        "types": {field.name: str(field.type) for field in reviews.schema},
        "review": review,
        "tokens": [(token, numbers.get(token, 1)) for token in tokens[:length]],
        "cut": max(len(tokens) - length, 0),
        "padding": max(length - len(tokens), 0),
    }


def rank_worst(predictions: pa.Table, test: pa.Table, count: int) -> list[dict[str, Any]]:
    """List the `count` predictions with the largest errors, with their reviews."""
    distances = np.abs(predictions["error"].to_numpy())
    order = np.lexsort((predictions["row_number"].to_numpy(), -distances))[:count]
    worst = predictions.take(pa.array(order, pa.int64())).drop_columns(DIGESTS)
    place = {row: i for i, row in enumerate(test["row_number"].to_pylist())}
    wines = test.select(WINE_COLUMNS).take(
        pa.array([place[row] for row in worst["row_number"].to_pylist()], pa.int64())
    )
    return [p | w for p, w in zip(worst.to_pylist(), wines.to_pylist(), strict=True)]


def gather_reviews(
    workspace: Workspace,
    splits: Artifact,
    vocabulary: Artifact,
    predictions: pa.Table,
    settings: Settings,
) -> dict[str, Any]:
    """Collect the examples of each set, and the worst predictions."""
    tokens = workspace.read_json(vocabulary, "vocabulary.json")
    numbers = {token: number for number, token in enumerate(tokens, start=SPECIAL_TOKENS)}
    sets = {
        side: workspace.read_table(splits, f"{side}.parquet")
        for side in ("train", "validation", "test")
    }
    return {
        "examples": [show_example(s, sets[s], numbers, settings.vectorizer) for s in sets],
        "worst": rank_worst(predictions, sets["test"], settings.evaluation.worst_count),
    }
