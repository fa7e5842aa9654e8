from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import SplitParameters
from tasks.modelling.sides import (
    TEST_FRACTION,
    VALIDATION_FRACTION,
    settle_fractions,
    side_by_hash,
    side_by_position,
)


def positional(**settings: float) -> SplitParameters:
    return SplitParameters(strategy="positional", **settings)


def column(digests: list[bytes]) -> pa.ChunkedArray:
    return pa.chunked_array([digests], pa.binary(32))


def test_a_side_is_chosen_by_the_first_eight_bytes_of_the_digest() -> None:
    def side_of(share: float, below: int = 0) -> int:
        number = int(share * 2**64) - below
        digest = min(number, 2**64 - 1).to_bytes(8) + bytes([255] * 24)
        return int(side_by_hash(column([digest]), SplitParameters())[0])

    assert (VALIDATION_FRACTION, TEST_FRACTION) == (0.15, 0.1)
    assert [side_of(share) for share in (0, 0.1, 0.2499, 0.2501, 1)] == [2, 1, 1, 0, 0]
    # The end itself is beyond.
    assert side_of(0.1, below=1) == 2
    ends = int(0.1 * 2**64) + int(0.15 * 2**64)
    # Beside the highest number, which floating-point numbers alone could hold with small ones.
    digests = [number.to_bytes(8) + bytes(24) for number in (ends - 1, ends, 2**64 - 1)]
    assert side_by_hash(column(digests), SplitParameters()).tolist() == [1, 0, 0]


def test_with_fractions_the_ends_are_the_nearest_rows() -> None:
    fractions = positional(validation_fraction=0.2, test_fraction=0.26)
    assert side_by_position(np.arange(10), fractions).tolist() == [0] * 5 + [1] * 2 + [2] * 3


def test_a_fraction_that_is_given_counts_and_one_of_zero_is_one() -> None:
    assert settle_fractions(SplitParameters()) == (0.15, 0.1)
    assert settle_fractions(SplitParameters(validation_fraction=0.0)) == (0.0, 0.1)
    assert settle_fractions(SplitParameters(test_fraction=0.0)) == (0.15, 0.0)
    assert settle_fractions(SplitParameters(validation_fraction=0.5, test_fraction=0.4)) == (
        0.5,
        0.4,
    )
    with pytest.raises(UsageError, match="less than 1"):
        settle_fractions(SplitParameters(validation_fraction=0.5, test_fraction=0.5))


def test_sides_are_small_whole_numbers() -> None:
    digests = [bytes([n]) * 32 for n in range(4)]
    rows = np.arange(10)
    ends = positional(train_end_row=7, validation_end_row=9)
    for sides in (
        side_by_hash(column(digests), SplitParameters()),
        side_by_position(rows, ends),
        side_by_position(rows, positional(test_fraction=0.3)),
    ):
        assert sides.dtype == np.int8


def test_the_end_rows_are_row_numbers_also_where_rows_are_missing() -> None:
    rows = np.array([0, 3, 6, 7, 8, 9, 10, 11, 12, 20])
    ends = positional(train_end_row=7, validation_end_row=20)
    assert side_by_position(rows, ends).tolist() == [0, 0, 0, *[1] * 6, 2]
    with pytest.raises(UsageError, match=r"^the file ends at row 20, .* from 21 on"):
        side_by_position(rows, positional(train_end_row=7, validation_end_row=21))
    with pytest.raises(UsageError, match=r"^the file ends at row -1, "):
        side_by_position(rows[:0], ends)
