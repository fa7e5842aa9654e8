"""Leakage: how many reviews of one side of a split stand on another side too, before any split."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.modelling.texts import normalize_text

ENDS = (80_000, 100_000)
"""Rows at which training and validation end in the published notebook; a constant, so that the gate
does not depend on a preset."""

SHORT_FILE_ENDS = (0.8, 0.9)
"""Where they end, as a share of the rows, in a file that is too short for that."""


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

    Texts that read the same have the same number.
    """
    texts = texts.combine_chunks()
    # Of ASCII with single spaces the normal form is its lower case; only the rest is costly.
    plain = pc.and_(
        pc.string_is_ascii(texts),
        pc.invert(pc.match_substring_regex(texts, r"^ | $|  |[\x00-\x1f]")),
    )
    special = pc.fill_null(pc.invert(plain), False)
    normal = [normalize_text(text) for text in texts.filter(special).to_pylist()]
    forms = pc.replace_with_mask(pc.ascii_lower(texts), special, pa.array(normal, pa.string()))
    return np.asarray(pc.fill_null(forms.dictionary_encode().indices, -1), np.int64)


def measure_leakage(descriptions: pa.ChunkedArray) -> Leakage:
    """Measure what a split by position would leak.

    A split by text leaks nothing: rows that read the same fall on the same side.
    """
    numbers = number_texts(descriptions)
    rows = len(numbers)
    ends = list(ENDS) if rows > ENDS[1] else [int(rows * share) for share in SHORT_FILE_ENDS]
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
