"""Split: valid reviews -> train / validation / test Parquet.

Every row falls on exactly one side, by its row number or by its text, and on the same side on every
machine: nothing here depends on a library's random numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.engine.artifacts import Artifact, Output
from tasks.engine.stages import stage
from tasks.engine.workspace import Workspace
from tasks.errors import UsageError
from tasks.parameters import SplitParameters
from tasks.texts import DIGESTS, normalize_text

SIDES = ("train", "validation", "test")


def digest_description(description: str) -> bytes:
    """Return the SHA-256 of a description: 32 bytes, the same for texts that read the same."""
    return hashlib.sha256(normalize_text(description).encode()).digest()


def side_by_hash(digests: list[bytes], parameters: SplitParameters) -> NDArray[np.int8]:
    """Choose a side for each description digest.

    The digest's first 8 bytes are a number in [0, 1): the lowest are the test set, the next the
    validation set. So a row's side depends on its own text alone.

    Returns:
        0, 1 or 2 (an index into `SIDES`) for each digest.
    """
    numbers = np.array([int.from_bytes(digest[:8]) for digest in digests], np.uint64)
    test_below = int(parameters.test_fraction * 2**64)
    validation_below = test_below + int(parameters.validation_fraction * 2**64)
    sides = np.zeros(len(digests), np.int8)
    sides[numbers < min(validation_below, 2**64 - 1)] = 1
    sides[numbers < test_below] = 2
    return sides


def side_by_position(
    row_numbers: NDArray[np.int64], parameters: SplitParameters
) -> NDArray[np.int8]:
    """Choose a side for each row number: train, then validation, then test.

    Returns:
        0, 1 or 2 (an index into `SIDES`) for each row.

    Raises:
        UsageError: the file ends before the test rows begin, or the ends are out of order.
    """
    if parameters.train_end_row >= parameters.validation_end_row:
        raise UsageError("--split.train-end-row must be smaller than --split.validation-end-row")
    last = int(row_numbers.max(initial=-1))
    if last < parameters.validation_end_row:
        raise UsageError(
            f"the file ends at row {last}, but the positional split tests on the rows from"
            f" {parameters.validation_end_row} on: use --split.strategy hash, or set"
            " --split.train-end-row and --split.validation-end-row"
        )
    ends = [parameters.train_end_row, parameters.validation_end_row]
    return np.searchsorted(ends, row_numbers, side="right").astype(np.int8)


def sample_rows(row_numbers: NDArray[np.int64], size: int, seed: int) -> NDArray[np.bool_]:
    """Choose `size` rows at random: those whose SHA-256 of seed and row number is lowest.

    Returns:
        A mask over `row_numbers`; all True when there are no more rows than `size`.
    """
    digests = [hashlib.sha256(f"{seed}:{row}".encode()).digest()[:8] for row in row_numbers]
    order = np.argsort(np.array([int.from_bytes(d) for d in digests], np.uint64), kind="stable")
    chosen = np.zeros(len(row_numbers), bool)
    chosen[order[:size]] = True
    return chosen


def split_table(reviews: pa.Table, parameters: SplitParameters) -> dict[str, pa.Table]:
    """Split a table of reviews into its sides, rows in their order.

    Args:
        reviews: with `row_number` (int64) and `description` (string), neither with nulls.
        parameters: the strategy and its figures.

    Returns:
        By side, the same columns and `description_sha256` (32 bytes).

    Raises:
        UsageError: a side would be empty, or the file is too short for the strategy.
    """
    if parameters.validation_fraction + parameters.test_fraction >= 1:
        raise UsageError(
            "--split.validation-fraction and --split.test-fraction together must be less than 1"
        )
    digests = [digest_description(text) for text in reviews["description"].to_pylist()]
    row_numbers = reviews["row_number"].to_numpy()
    if parameters.strategy == "hash":
        sides = side_by_hash(digests, parameters)
    else:
        sides = side_by_position(row_numbers, parameters)
    reviews = reviews.append_column(DIGESTS, pa.array(digests, pa.binary(32)))
    tables = {side: reviews.filter(pa.array(sides == i)) for i, side in enumerate(SIDES)}
    if parameters.train_sample_rows is not None:
        train_rows = tables["train"]["row_number"].to_numpy()
        chosen = sample_rows(train_rows, parameters.train_sample_rows, parameters.seed)
        tables["train"] = tables["train"].filter(pa.array(chosen))
    for side, table in tables.items():
        if not table.num_rows:
            raise UsageError(f"the {side} set is empty: give more reviews or other split settings")
    return tables


def digest_data(reviews: pa.Table) -> str:
    """Return the SHA-256 of the texts and points of reviews: the same in any order or packing.

    Args:
        reviews: with `description` (string) and `points`, neither with nulls.
    """
    pairs = zip(reviews["description"].to_pylist(), reviews["points"].to_pylist(), strict=True)
    rows = sorted(hashlib.sha256(f"{points} {text}".encode()).digest() for text, points in pairs)
    return hashlib.sha256(b"".join(rows)).hexdigest()


@stage("split")
def split_reviews(workspace: Workspace, valid: Artifact, parameters: SplitParameters) -> Output:
    """Write the valid reviews as `train.parquet`, `validation.parquet` and `test.parquet`."""
    reviews = workspace.read_table(valid, "valid.parquet")
    try:
        tables = split_table(reviews, parameters)
    except UsageError as error:
        raise UsageError(f"{workspace.source}: {error}") from error
    for side, table in tables.items():
        workspace.write_table(table, f"{side}.parquet")
    rows = {side: table.num_rows for side, table in tables.items()}
    # Test reviews shape no model: more of them are no newer data.
    shaping = pa.concat_tables([tables["train"], tables["validation"]])
    return Output(facts=rows | {"data": digest_data(shaping)})
