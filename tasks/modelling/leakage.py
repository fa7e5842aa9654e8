"""Leakage: how many texts a positional split would put on more than one side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.modelling.texts import normalize_texts

ENDS = (80_000, 100_000)
"""End rows of the training and validation set in the published notebook; constants, so that the
validation's cache key does not depend on the preset."""

SHORT_FILE_ENDS = (0.8, 0.9)
"""The same ends as shares of the rows, for shorter files."""


class Leakage(NamedTuple):
    """The leakage of a positional split of a file.

    Attributes:
        train_rows: size of the training set.
        validation_rows: size of the validation set.
        test_rows: size of the test set.
        validation_seen_rows: validation rows whose text is in the training set.
        test_seen_rows: test rows whose text is in the training or validation set.
        repeated_rows: rows of the file whose text is in an earlier row.
    """

    train_rows: int
    validation_rows: int
    test_rows: int
    validation_seen_rows: int
    test_seen_rows: int
    repeated_rows: int


def hash_normalized(texts: pa.ChunkedArray) -> pa.Table:
    """Return the places of the texts, and 64-bit hashes of their normal forms; nulls have none.

    The metadata are the numbers of rows and of nulls.
    """
    from data_contracts.counted_rows import hash_texts
    from data_contracts.partition import FIRST, PLACE

    forms = normalize_texts(texts.combine_chunks())
    hashes = hash_texts(forms.drop_null())
    places = np.flatnonzero(forms.is_valid().to_numpy(zero_copy_only=False))
    table = pa.table({PLACE: pa.array(places, pa.int64()), FIRST: hashes})
    counts = {"rows": str(len(texts)), "nulls": str(texts.null_count)}
    return table.replace_schema_metadata(counts)


def measure_leakage(rows: int, places: NDArray[np.intp], hashes: NDArray[np.uint64]) -> Leakage:
    """Measure the leakage of a positional split; a split by text has none.

    Args:
        rows: number of rows.
        places: of the rows with a text, ascending.
        hashes: of their normalized texts.
    """
    import pandas as pd

    numbers = np.full(rows, -1)
    # Distinct texts are numbered in the order of their first rows.
    numbers[places] = pd.factorize(hashes)[0]
    ends = list(ENDS) if rows > ENDS[1] else [int(rows * share) for share in SHORT_FILE_ENDS]
    train, validation, test = np.split(numbers, ends)
    # Numbers grow with the rows: a text was seen before if its number is at most the last one.
    last_trained = train.max(initial=-1)
    last_chosen = max(last_trained, validation.max(initial=-1))
    return Leakage(
        train_rows=len(train),
        validation_rows=len(validation),
        test_rows=len(test),
        validation_seen_rows=int(((validation >= 0) & (validation <= last_trained)).sum()),
        test_seen_rows=int(((test >= 0) & (test <= last_chosen)).sum()),
        repeated_rows=int((numbers >= 0).sum()) - int(numbers.max(initial=-1)) - 1,
    )
