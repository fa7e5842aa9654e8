"""Leakage: how many reviews of one side of a split stand on another side too, before any split."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.parameters import SplitParameters

SHORT_FILE_ENDS = (0.8, 0.9)
"""Where the training and the validation rows end in a file that is too short for the defaults."""


class Leakage(NamedTuple):
    """What a split by position would do to a file.

    Attributes:
        train_rows: rows that would train.
        validation_rows: rows that would choose the model.
        test_rows: rows that would test it.
        validation_seen_rows: of those that choose, how many train too.
        test_seen_rows: of those that test, how many train or choose too.
        repeated_rows: rows of the file whose text stands in an earlier row.
    """

    train_rows: int
    validation_rows: int
    test_rows: int
    validation_seen_rows: int
    test_seen_rows: int
    repeated_rows: int


def number_texts(texts: pa.ChunkedArray) -> NDArray[np.int64]:
    """Number the texts in the order in which they first stand; nulls get -1.

    Texts that read the same, but for case and white space, have the same number.
    """
    plain = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    # Only a few texts need the costly part.
    loose = pc.match_substring_regex(plain, r"^ | $|  |[\t\n\r]")
    spaced = pc.utf8_trim_whitespace(
        pc.replace_substring_regex(plain.filter(loose), r"\s+", " ")
    ).combine_chunks()
    plain = pc.replace_with_mask(plain.combine_chunks(), loose.combine_chunks(), spaced)
    indices = pc.fill_null(plain.dictionary_encode().indices, -1)
    return np.asarray(indices, np.int64)


def measure_leakage(descriptions: pa.ChunkedArray) -> Leakage:
    """Measure what a split by position, with its default ends, would leak.

    A split by text leaks nothing: rows that read the same fall on the same side.
    """
    numbers = number_texts(descriptions)
    rows, defaults = len(numbers), SplitParameters()
    ends = [defaults.train_end_row, defaults.validation_end_row]
    if rows <= defaults.validation_end_row:
        ends = [int(rows * share) for share in SHORT_FILE_ENDS]
    train, validation, test = np.split(numbers, ends)
    # Numbers are given in the order of the rows: what stood before has no larger one.
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
