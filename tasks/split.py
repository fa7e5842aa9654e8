"""Split: valid reviews -> train / validation / test Parquet.

Every row falls on exactly one side, by its text or by its row number, and on the same side on every
machine: nothing here depends on a library's random numbers.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import SplitParameters
from tasks.engine.stages import stage
from tasks.modelling.sides import SIDES, side_by_hash, side_by_position
from tasks.modelling.texts import DIGESTS, normalize_text
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

NUMBERS = ("row_number", "review_index")
"""Columns that number the rows of a delivery: as they lie there, and as it says itself."""


class Sides(NamedTuple):
    """The artifacts of a split, one for each side: a stage depends on those that it reads."""

    train: Artifact
    validation: Artifact
    test: Artifact


def part_sides(splits: Artifact) -> Sides:
    """Return the artifact of each side, whose digest is that of its own reviews."""
    return Sides(*(splits.part(f"{side}.parquet") for side in SIDES))


def digest_description(description: str) -> bytes:
    """Return the SHA-256 of a description: 32 bytes, the same for texts that read the same."""
    return hashlib.sha256(normalize_text(description).encode()).digest()


def choose_sample(digests: list[bytes], size: int, seed: int) -> NDArray[np.bool_]:
    """Choose `size` rows at random: those whose SHA-256 of seed and text is lowest.

    A row's chance depends on its own text, not on the rows before it.

    Args:
        digests: of the rows' descriptions.
        size: how many to choose.
        seed: of the choice.

    Returns:
        A mask over the rows; all True when there are no more rows than `size`.
    """
    keys = [hashlib.sha256(f"{seed}:".encode() + digest).digest()[:8] for digest in digests]
    order = np.argsort(np.array([int.from_bytes(key) for key in keys], np.uint64), kind="stable")
    chosen = np.zeros(len(digests), bool)
    chosen[order[:size]] = True
    return chosen


def split_table(reviews: pa.Table, parameters: SplitParameters) -> dict[str, pa.Table]:
    """Split a table of reviews into its sides, rows in their order, before any sampling.

    Args:
        reviews: with `row_number` (int64, ascending) and `description` (string), neither with
            nulls.
        parameters: the strategy and its figures.

    Returns:
        By side, the same columns and `description_sha256` (32 bytes).

    Raises:
        UsageError: a side would be empty, or the settings do not fit the file.
    """
    digests = [digest_description(text) for text in reviews["description"].to_pylist()]
    if parameters.strategy == "hash":
        sides = side_by_hash(digests, parameters)
    else:
        sides = side_by_position(reviews["row_number"].to_numpy(), parameters)
    reviews = reviews.append_column(DIGESTS, pa.array(digests, pa.binary(32)))
    tables = {side: reviews.filter(pa.array(sides == i)) for i, side in enumerate(SIDES)}
    for side, table in tables.items():
        if not table.num_rows:
            raise UsageError(f"the {side} set is empty: give more reviews or other split settings")
    return tables


def sample_table(train: pa.Table, parameters: SplitParameters) -> pa.Table:
    """Take the sample of the training rows that the parameters ask for; by default all rows."""
    if parameters.train_sample_rows is None:
        return train
    digests = train[DIGESTS].to_pylist()
    chosen = choose_sample(digests, parameters.train_sample_rows, parameters.seed)
    return train.filter(pa.array(chosen))


def digest_rows(reviews: pa.Table) -> list[bytes]:
    """Return the SHA-256 of the text and points of each review.

    Args:
        reviews: with `description` (string) and `points`, neither with nulls.
    """
    pairs = zip(reviews["description"].to_pylist(), reviews["points"].to_pylist(), strict=True)
    return [hashlib.sha256(f"{points} {text}".encode()).digest() for text, points in pairs]


def digest_data(rows: list[bytes]) -> str:
    """Return the SHA-256 of reviews by the digests of each: the same in any order or packing."""
    return hashlib.sha256(b"".join(sorted(rows))).hexdigest()


@stage("split")
def split_reviews(workspace: Workspace, valid: Artifact, parameters: SplitParameters) -> Output:
    """Write the valid reviews as `train.parquet`, `validation.parquet` and `test.parquet`.

    Only the test rows keep their numbers: rows of another side that come or go before them would
    change the others.

    The facts hold two digests, of whatever the training rows are sampled from: `data` of the
    training and validation reviews, and `delivery` of all reviews.
    """
    reviews = workspace.read_table(valid, "valid.parquet")
    try:
        tables = split_table(reviews, parameters)
    except UsageError as error:
        raise UsageError(f"{workspace.source}: {error}") from error
    train, validation, test = (digest_rows(tables[side]) for side in SIDES)
    # Test reviews shape no model: more of them are no newer data.
    digests = {"data": train + validation, "delivery": train + validation + test}
    tables["train"] = sample_table(tables["train"], parameters)
    for side, table in tables.items():
        kept = table if side == "test" else table.drop_columns(list(NUMBERS))
        workspace.write_table(kept, f"{side}.parquet")
    rows = {side: table.num_rows for side, table in tables.items()}
    return Output(facts=rows | {name: digest_data(found) for name, found in digests.items()})
