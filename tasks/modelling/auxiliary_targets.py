"""Auxiliary targets: what else the training reviews say of a wine, learned beside its points.

A text that names honeyed apricots tells the grape and the price too. A network that has to find
them finds more of what the points depend on (multi-task learning, Caruana 1997). It reads texts
alone: auxiliary targets are neither asked for nor given in prediction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.configuration.parameters import AuxiliaryTargetName

CLASSES_MAX = 60
"""Most frequent values of a column that are told apart; rarer ones teach nothing."""
MISSING = -1.0
"""Target of a review that teaches nothing about a class."""


class AuxiliaryTargets(NamedTuple):
    """The targets of some reviews.

    Attributes:
        targets: float32 (rows, columns): standardized logarithm of the price, NaN where unknown;
            number of the class, MISSING where it is missing or rare.
        outputs: of each column how many outputs tell it: 1 for a price, one for each class.
    """

    targets: NDArray[np.float32]
    outputs: tuple[int, ...]


def encode_auxiliary_targets(
    reviews: pa.Table, names: tuple[AuxiliaryTargetName, ...]
) -> AuxiliaryTargets:
    """Turn columns of the training reviews into targets.

    Args:
        reviews: with the columns named.
        names: columns; one in which nothing can be told apart gets no output.
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
