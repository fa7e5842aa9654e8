"""The reviews in a run's report: an example of each set as tokens, and the worst predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import VectorizerParameters
from tasks.configuration.settings import Settings
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact
from tasks.storage.stored_table import StoredTable
from tasks.storage.workspace import Workspace

SPECIAL_TOKENS = 2
"""Number of Keras' special tokens: 0 is padding, 1 the unknown token."""


TYPES = {"string": "text", "int64": "whole number", "double": "number"}
"""Types of columns in words."""


def quote(review: dict[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Return the `text` of a review, and the columns `shown` beside it, as texts by name."""
    units = {column.name: column.unit for column in dataset.slices}
    shown = {name: _format(review.get(name), units.get(name, "")) for name in dataset.shown}
    return {"text": review[dataset.text], "shown": shown}


def _name_type(kind: pa.DataType) -> str:
    if pa.types.is_fixed_size_binary(kind):
        return f"{kind.byte_width} bytes"
    return TYPES.get(str(kind), str(kind))


def _format(value: Any, unit: str) -> str:
    if value is None:
        return ""
    text = f"{value:.15g}" if isinstance(value, int | float) else str(value)
    return f"{text} {unit}" if unit else text


def show_example(
    side: str,
    reviews: StoredTable,
    numbers: dict[str, int],
    dataset: Dataset,
    parameters: VectorizerParameters,
) -> dict[str, Any]:
    """Show the first review of a set as the model reads it.

    Args:
        side: name of the set.
        reviews: the set.
        numbers: the number of each token of the vocabulary.
        dataset: the roles of the columns.
        parameters: how texts become tokens.

    Returns:
        The set's shape and types, the review with its `target`, and `tokens` as pairs of token and
        number, 1 if it is unknown. `cut` is the number of tokens that are cut off, `padding` that
        of empty places.
    """
    from tasks.modelling.tokens import tokenize

    first = next(reviews.batches(1))
    (review,) = first.to_pylist()
    tokens = tokenize([review[dataset.text]], parameters)[0]
    length = parameters.sequence_length
    return {
        "side": side,
        "rows": reviews.rows,
        "types": {field.name: _name_type(field.type) for field in first.schema},
        "target": review[dataset.target.name],
        "row_number": review.get("row_number"),
        **quote(review, dataset),
        "tokens": [(token, numbers.get(token, 1)) for token in tokens[:length]],
        "cut": max(len(tokens) - length, 0),
        "padding": max(length - len(tokens), 0),
    }


def rank_worst(
    predictions: pa.Table, test: StoredTable, dataset: Dataset, count: int
) -> list[dict[str, Any]]:
    """List the `count` predictions with the largest errors, with their reviews."""
    import pyarrow.compute as pc

    distances = np.abs(predictions["error"].to_numpy())
    order = np.lexsort((predictions["row_number"].to_numpy(), -distances))[:count]
    worst = predictions.take(pa.array(order, pa.int64())).drop_columns(DIGESTS)
    keep = pc.is_in(test.read(["row_number"])["row_number"], worst["row_number"].combine_chunks())
    reviews = {r["row_number"]: r for r in test.filter(keep.to_numpy()).read().to_pylist()}
    return [p | quote(reviews[p["row_number"]], dataset) for p in worst.to_pylist()]


def gather_reviews(
    workspace: Workspace,
    splits: Artifact,
    vocabulary: Artifact,
    predictions: pa.Table,
    dataset: Dataset,
    settings: Settings,
) -> dict[str, Any]:
    """Collect the examples of each set, and the worst predictions."""
    tokens = workspace.read_json(vocabulary, "vocabulary.json")
    numbers = {token: number for number, token in enumerate(tokens, start=SPECIAL_TOKENS)}
    sets = {
        side: workspace.open_table(splits, f"{side}.parquet")
        for side in ("train", "validation", "test")
    }
    return {
        "examples": [show_example(s, sets[s], numbers, dataset, settings.vectorizer) for s in sets],
        "worst": rank_worst(predictions, sets["test"], dataset, settings.evaluation.worst_count),
    }
