"""Auxiliary targets: columns of the contract that training predicts beside the target.

They help the network to learn features of the text that the target depends on too (multi-task
learning, Caruana 1997). They are only used in training, and are never inputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_contracts.dataset import Column

CLASSES_MAX = 60
"""Number of most frequent values of a column that become classes; rarer values are ignored."""
MISSING = -1.0
"""Target of a review without a class; the loss ignores it."""


class AuxiliaryTargets(NamedTuple):
    """The auxiliary targets of some reviews.

    Attributes:
        targets: float32 (rows, columns): of a number, its standardized value or logarithm, or NaN;
            of a string, the number of its class, or MISSING.
        outputs: number of outputs for each column: 1 for numbers, else the number of classes.
    """

    targets: NDArray[np.float32]
    outputs: tuple[int, ...]


def encode_auxiliary_targets(reviews: pa.Table, columns: tuple[Column, ...]) -> AuxiliaryTargets:
    """Encode columns of the training reviews as targets.

    Args:
        reviews: with the columns.
        columns: those without numbers, or with fewer than two classes, are left out.
    """
    encoded = [
        _encode_classes(reviews[column.name])
        if pa.types.is_string(reviews[column.name].type)
        else _encode_numbers(reviews[column.name], column.logarithmic)
        for column in columns
    ]
    kept = [(target, outputs) for target, outputs in encoded if outputs]
    kept_targets = [target for target, _ in kept]
    targets = np.stack(kept_targets, axis=1) if kept else np.zeros((reviews.num_rows, 0))
    return AuxiliaryTargets(targets.astype(np.float32), tuple(outputs for _, outputs in kept))


def _encode_numbers(values: pa.ChunkedArray, logarithmic: bool) -> tuple[NDArray[np.float64], int]:
    numbers = values.to_numpy().astype(np.float64)
    if logarithmic:
        numbers = np.log(np.where(numbers > 0, numbers, np.nan))
    if np.isnan(numbers).all():
        return numbers, 0
    deviation = float(np.nanstd(numbers)) or 1.0
    return (numbers - np.nanmean(numbers)) / deviation, 1


def _encode_classes(values: pa.ChunkedArray) -> tuple[NDArray[np.float64], int]:
    counts = pc.value_counts(values.combine_chunks()).to_pylist()
    known = [(count["values"], count["counts"]) for count in counts if count["values"] is not None]
    often = sorted(known, key=lambda pair: (-pair[1], pair[0]))[:CLASSES_MAX]
    classes = pa.array([value for value, _ in often], values.type)
    numbers = pc.fill_null(pc.index_in(values, classes), int(MISSING))
    return numbers.to_numpy().astype(np.float64), len(often) if len(often) > 1 else 0
