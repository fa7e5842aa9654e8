"""Split: valid reviews -> train / validation / test Parquet.

The text of a row, or its row number, decides on its side: the same on every machine, since no
library's random numbers are used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.dataset import Dataset
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import SplitParameters
from tasks.engine.stages import stage
from tasks.modelling.sides import SIDES, choose_sample, side_by_hash, side_by_position
from tasks.modelling.texts import (
    DIGEST_BYTES,
    DIGESTS,
    digest_strings,
    digest_texts,
    digests_to_numpy,
)
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.stored_table import StoredTable
from tasks.storage.workspace import Workspace

BATCH_ROWS = 50_000
TRAIN, TEST = SIDES.index("train"), SIDES.index("test")
NOWHERE = -1
"""Side of the training reviews that are not in the sample."""


class Sides(NamedTuple):
    """The artifact of each side of the split, so that a stage depends only on those it reads."""

    train: Artifact
    validation: Artifact
    test: Artifact


def part_sides(splits: Artifact) -> Sides:
    """Return the artifact of each side; its digest is that of the side's file."""
    return Sides(*(splits.part(f"{side}.parquet") for side in SIDES))


def choose_sides(
    digests: pa.ChunkedArray, row_numbers: NDArray[np.int64], parameters: SplitParameters
) -> NDArray[np.int8]:
    """Choose the side of each review, before any sampling.

    Args:
        digests: of the texts, 32 bytes for each review.
        row_numbers: of the reviews, ascending.
        parameters: strategy, fractions and ends.

    Returns:
        An index into `SIDES` for each review.

    Raises:
        UsageError: a side would be empty, or the settings do not fit the file.
    """
    if parameters.strategy == "hash":
        sides = side_by_hash(digests, parameters)
    else:
        sides = side_by_position(row_numbers, parameters)
    for side, rows in zip(SIDES, np.bincount(sides, minlength=len(SIDES)), strict=True):
        if not rows:
            raise UsageError(f"the {side} set is empty: give more reviews or other split settings")
    return sides


def mark_sample(digests: pa.ChunkedArray, parameters: SplitParameters) -> NDArray[np.bool_]:
    """Mark the training reviews that are kept, as `train_sample_rows` tells; by default all.

    Args:
        digests: of the texts of the training reviews.
        parameters: size of the sample, and its seed.
    """
    if parameters.train_sample_rows is None:
        return np.ones(len(digests), np.bool_)
    return choose_sample(digests, parameters.train_sample_rows, parameters.seed)


def digest_rows(reviews: pa.Table, dataset: Dataset) -> pa.ChunkedArray:
    """Return the SHA-256 of the target and the text of each review, 32 bytes."""
    import pyarrow.compute as pc

    targets = reviews[dataset.target.name].combine_chunks().dictionary_encode()
    # As Python writes numbers; Arrow writes some others.
    written = pa.array(map(str, targets.dictionary.to_pylist()), pa.string())
    named = pa.chunked_array([pc.fill_null(written.take(targets.indices), str(None))])
    pairs = pc.binary_join_element_wise(named, reviews[dataset.text], " ")
    return pa.chunked_array(map(digest_strings, pairs.chunks), pa.binary(DIGEST_BYTES))


def digest_data(rows: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of reviews from the digests of each, (rows, 32), whatever their order."""
    ordered = np.sort(np.ascontiguousarray(rows).view(f"S{DIGEST_BYTES}").ravel())
    return hashlib.sha256(ordered.data).hexdigest()


def _digest_all(
    reviews: StoredTable, dataset: Dataset
) -> tuple[pa.ChunkedArray, NDArray[np.uint8], NDArray[np.int64]]:
    """Return the digests of all texts and of all reviews, and the row numbers."""
    texts, rows, numbers = [], [], [np.zeros(0, np.int64)]
    columns = ["row_number", dataset.target.name, dataset.text]
    for batch in reviews.batches(BATCH_ROWS, columns):
        texts += digest_texts(batch[dataset.text]).chunks
        rows += digest_rows(batch, dataset).chunks
        numbers.append(batch["row_number"].to_numpy())
    kind = pa.binary(DIGEST_BYTES)
    digests = pa.chunked_array(texts, kind).combine_chunks()
    together = digests_to_numpy(pa.chunked_array(rows, kind))
    return pa.chunked_array([digests]), together, np.concatenate(numbers)


def _select(
    reviews: StoredTable, digests: pa.ChunkedArray, keep: NDArray[np.bool_], left_out: list[str]
) -> Iterator[pa.Table]:
    """Yield the marked reviews without some columns, and with the digests of their texts."""
    columns = [name for name in reviews.columns if name not in left_out]
    start = 0
    for batch in reviews.batches(BATCH_ROWS, columns):
        end = start + batch.num_rows
        digested = batch.append_column(DIGESTS, digests.slice(start, batch.num_rows))
        yield digested.filter(pa.array(keep[start:end]))
        start = end


@stage("split")
def split_reviews(
    workspace: Workspace, valid: Artifact, dataset: Dataset, parameters: SplitParameters
) -> Output:
    """Write the valid reviews as `train.parquet`, `validation.parquet` and `test.parquet`.

    Only the test set keeps the row numbers. Otherwise a new test row would shift the numbers of the
    training rows, and change the digest of the training set.

    The facts hold two digests of the reviews before sampling: `data` of the training and validation
    set, and `delivery` of all three sets.
    """
    reviews = workspace.open_table(valid, "valid.parquet")
    digests, rows, row_numbers = _digest_all(reviews, dataset)
    try:
        sides = choose_sides(digests, row_numbers, parameters)
    except UsageError as error:
        raise UsageError(f"{workspace.source}: {error}") from error
    # `data` leaves out the test reviews: a model does not depend on them.
    facts: dict[str, Any] = {"data": digest_data(rows[sides < TEST]), "delivery": digest_data(rows)}
    train = np.flatnonzero(sides == TRAIN)
    sides[train[~mark_sample(digests.take(pa.array(train)), parameters)]] = NOWHERE
    numbers = [name for name in ("row_number", dataset.row_identifier) if name]
    for number, side in enumerate(SIDES):
        keep, left_out = sides == number, [] if number == TEST else numbers
        workspace.write_tables(_select(reviews, digests, keep, left_out), f"{side}.parquet")
        facts[side] = int(keep.sum())
    return Output(facts=facts)
