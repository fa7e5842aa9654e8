"""Choosing the side of the split for each row, by its text or its position."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import SplitParameters
from tasks.modelling.texts import digests_to_numpy

SIDES = ("train", "validation", "test")

VALIDATION_FRACTION, TEST_FRACTION = 0.15, 0.1
"""Default fractions."""

BEYOND_MAX_FRACTION = 0.1
"""Largest share of a file's rows after the validation's end row of the positional split."""


def settle_fractions(parameters: SplitParameters) -> tuple[float, float]:
    """Return the fractions of the validation and of the test set.

    Raises:
        UsageError: no rows would be left for training.
    """
    validation, test = parameters.validation_fraction, parameters.test_fraction
    validation = VALIDATION_FRACTION if validation is None else validation
    test = TEST_FRACTION if test is None else test
    if validation + test >= 1:
        raise UsageError(
            f"--split.validation-fraction ({validation:g}) and --split.test-fraction ({test:g})"
            " together must be less than 1"
        )
    return validation, test


def side_by_hash(digests: pa.ChunkedArray, parameters: SplitParameters) -> NDArray[np.int8]:
    """Choose a side for each digest of a text.

    The first 8 bytes of a digest are read as a number in [0, 1). The lowest numbers are the test
    set, the next ones the validation set. So a row's side depends only on its text.

    Returns:
        An index into `SIDES` for each digest.

    Raises:
        UsageError: no rows would be left for training.
    """
    validation, test = settle_fractions(parameters)
    numbers = digests_to_numpy(digests)[:, :8].copy().view(">u8").ravel()
    test_below = int(test * 2**64)
    validation_below = test_below + int(validation * 2**64)
    sides = np.zeros(len(numbers), np.int8)
    sides[numbers < min(validation_below, 2**64 - 1)] = 1
    sides[numbers < test_below] = 2
    return sides


def side_by_position(
    row_numbers: NDArray[np.int64], parameters: SplitParameters
) -> NDArray[np.int8]:
    """Choose a side for each row number: train, then validation, then test.

    Args:
        row_numbers: ascending, (rows,).
        parameters: fractions, or end rows if no fraction is set.

    Returns:
        An index into `SIDES` for each row.

    Raises:
        UsageError: the end rows do not fit the file, or no rows would be left for training.
    """
    if parameters.validation_fraction is None and parameters.test_fraction is None:
        ends = settle_ends(row_numbers, parameters)
        return np.searchsorted(ends, row_numbers, side="right").astype(np.int8)
    validation, test = settle_fractions(parameters)
    rows = len(row_numbers)
    ends = [round(rows * (1 - validation - test)), round(rows * (1 - test))]
    return np.searchsorted(ends, np.arange(rows), side="right").astype(np.int8)


def settle_ends(row_numbers: NDArray[np.int64], parameters: SplitParameters) -> list[int]:
    """Return the end rows of the training and validation set.

    Raises:
        UsageError: they are out of order, or no rows or too many rows are after the last one.
    """
    ends = [parameters.train_end_row, parameters.validation_end_row]
    if ends[0] >= ends[1]:
        raise UsageError("--split.train-end-row must be smaller than --split.validation-end-row")
    last, beyond = int(row_numbers.max(initial=-1)), int((row_numbers >= ends[1]).sum())
    if not beyond:
        raise UsageError(
            f"the file ends at row {last}, but the positional split tests on the rows from"
            f" {ends[1]} on: use --split.strategy hash, or set --split.train-end-row and"
            " --split.validation-end-row"
        )
    if beyond > BEYOND_MAX_FRACTION * len(row_numbers):
        raise UsageError(
            f"{beyond:,} of {len(row_numbers):,} rows ({beyond / len(row_numbers):.0%}) lie beyond"
            f" row {ends[1]:,}, where the positional split's validation set ends: rows that are"
            " appended to the file would never train. Use --split.strategy hash, or set"
            " --split.validation-fraction and --split.test-fraction, which move the ends with the"
            " file"
        )
    return ends


def choose_sample(digests: pa.ChunkedArray, size: int, seed: int) -> NDArray[np.bool_]:
    """Choose `size` rows at random: those with the lowest SHA-256 of seed and text.

    So the choice of a row depends on its text, and not on its position.

    Args:
        digests: of the texts, 32 bytes for each row.
        size: number of rows to choose.
        seed: of the choice.

    Returns:
        A mask of the chosen rows, (rows,); all True if there are at most `size` rows.
    """
    salt = f"{seed}:".encode()
    keys = (
        hashlib.sha256(salt + digest.tobytes()).digest() for digest in digests_to_numpy(digests)
    )
    numbers = np.fromiter((int.from_bytes(key[:8]) for key in keys), np.uint64, len(digests))
    order = np.argsort(numbers, kind="stable")
    chosen = np.zeros(len(digests), bool)
    chosen[order[:size]] = True
    return chosen
