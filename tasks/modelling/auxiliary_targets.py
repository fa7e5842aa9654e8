"""Auxiliary targets: columns such as price and variety that training predicts beside the points.

They help the network to learn features of the text that the points depend on too (multi-task
learning, Caruana 1997). They are only used in training, and are never inputs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.configuration.parameters import AuxiliaryTargetName

CLASSES_MAX = 60
"""Number of most frequent values of a column that become classes; rarer values are ignored."""
MISSING = -1.0
"""Target of a review without a class; the loss ignores it."""


class AuxiliaryTargets(NamedTuple):
    """The auxiliary targets of some reviews.

    Attributes:
        targets: float32 (rows, columns): the standardized logarithm of the price, or NaN; the
            number of the class, or MISSING.
        outputs: number of outputs for each column: 1 for the price, else the number of classes.
    """

    targets: NDArray[np.float32]
    outputs: tuple[int, ...]


def encode_auxiliary_targets(
    reviews: pa.Table, names: tuple[AuxiliaryTargetName, ...]
) -> AuxiliaryTargets:
    """Encode columns of the training reviews as targets.

    Args:
        reviews: with the columns `names`.
        names: columns; those without prices, or with fewer than two classes, are left out.
    """
    encoded = [
        _encode_price(reviews[name]) if name == "price" else _encode_classes(reviews[name])
        for name in names
    ]
    kept = [(target, outputs) for target, outputs in encoded if outputs]
    columns = [target for target, _ in kept]
    targets = np.stack(columns, axis=1) if columns else np.zeros((reviews.num_rows, 0))
    return AuxiliaryTargets(targets.astype(np.float32), tuple(outputs for _, outputs in kept))


def _encode_price(prices: pa.ChunkedArray) -> tuple[NDArray[np.float64], int]:
    known = prices.to_numpy().astype(np.float64)
    logarithms = np.log(np.where(known > 0, known, np.nan))
    if np.isnan(logarithms).all():
        return logarithms, 0
    deviation = float(np.nanstd(logarithms)) or 1.0
    return (logarithms - np.nanmean(logarithms)) / deviation, 1


def _encode_classes(values: pa.ChunkedArray) -> tuple[NDArray[np.float64], int]:
    counts = pc.value_counts(values.combine_chunks()).to_pylist()
    known = [(count["values"], count["counts"]) for count in counts if count["values"] is not None]
    often = sorted(known, key=lambda pair: (-pair[1], pair[0]))[:CLASSES_MAX]
    classes = pa.array([value for value, _ in often], values.type)
    numbers = pc.fill_null(pc.index_in(values, classes), int(MISSING))
    return numbers.to_numpy().astype(np.float64), len(often) if len(often) > 1 else 0
