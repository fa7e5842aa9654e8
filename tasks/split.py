"""Split: valid reviews -> train / validation / test Parquet.

The text of a row, or its row number, decides on its side: the same on every machine, since no
library's random numbers are used.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

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
from tasks.storage.workspace import Workspace


class Sides(NamedTuple):
    """The artifact of each side of the split, so that a stage depends only on those it reads."""

    train: Artifact
    validation: Artifact
    test: Artifact


def part_sides(splits: Artifact) -> Sides:
    """Return the artifact of each side; its digest is that of the side's file."""
    return Sides(*(splits.part(f"{side}.parquet") for side in SIDES))


def split_table(
    reviews: pa.Table, dataset: Dataset, parameters: SplitParameters
) -> dict[str, pa.Table]:
    """Split a table of reviews into its sides, before any sampling; rows stay in order.

    Args:
        reviews: with `row_number` (int64, ascending) and the text, both without nulls.
        dataset: the roles of the columns.
        parameters: strategy, fractions and ends.

    Returns:
        A table for each side, with the same columns and the digests of the texts (32 bytes).

    Raises:
        UsageError: a side would be empty, or the settings do not fit the file.
    """
    digests = digest_texts(reviews[dataset.text])
    if parameters.strategy == "hash":
        sides = side_by_hash(digests, parameters)
    else:
        sides = side_by_position(reviews["row_number"].to_numpy(), parameters)
    reviews = reviews.append_column(DIGESTS, digests)
    tables = {side: reviews.filter(pa.array(sides == i)) for i, side in enumerate(SIDES)}
    for side, table in tables.items():
        if not table.num_rows:
            raise UsageError(f"the {side} set is empty: give more reviews or other split settings")
    return tables


def sample_table(train: pa.Table, parameters: SplitParameters) -> pa.Table:
    """Sample the training rows as `train_sample_rows` tells; by default keep all rows."""
    if parameters.train_sample_rows is None:
        return train
    chosen = choose_sample(train[DIGESTS], parameters.train_sample_rows, parameters.seed)
    return train.filter(pa.array(chosen))


def digest_rows(reviews: pa.Table, dataset: Dataset) -> NDArray[np.uint8]:
    """Return the SHA-256 of the target and the text of each review, (rows, 32)."""
    import pyarrow.compute as pc

    targets = reviews[dataset.target.name].combine_chunks().dictionary_encode()
    # As Python writes numbers; Arrow writes some others.
    written = pa.array(map(str, targets.dictionary.to_pylist()), pa.string())
    named = pa.chunked_array([pc.fill_null(written.take(targets.indices), str(None))])
    pairs = pc.binary_join_element_wise(named, reviews[dataset.text], " ")
    digests = [digest_strings(chunk) for chunk in pairs.chunks]
    return digests_to_numpy(pa.chunked_array(digests, pa.binary(DIGEST_BYTES)))


def digest_data(rows: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of reviews from the digests of each row, whatever their order."""
    ordered = np.sort(np.ascontiguousarray(rows).view(f"S{DIGEST_BYTES}").ravel())
    return hashlib.sha256(ordered.tobytes()).hexdigest()


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
    reviews = workspace.read_table(valid, "valid.parquet")
    try:
        tables = split_table(reviews, dataset, parameters)
    except UsageError as error:
        raise UsageError(f"{workspace.source}: {error}") from error
    train, validation, test = (digest_rows(tables[side], dataset) for side in SIDES)
    # `data` leaves out the test reviews: a model does not depend on them.
    data = np.concatenate([train, validation])
    digests = {"data": data, "delivery": np.concatenate([data, test])}
    tables["train"] = sample_table(tables["train"], parameters)
    numbers = [name for name in ("row_number", dataset.row_identifier) if name]
    for side, table in tables.items():
        kept = table if side == "test" else table.drop_columns(numbers)
        workspace.write_table(kept, f"{side}.parquet")
    rows = {side: table.num_rows for side, table in tables.items()}
    return Output(facts=rows | {name: digest_data(parts) for name, parts in digests.items()})
