"""The table of predictions on the test set, which evaluation writes and promotion reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

PREDICTIONS = "predictions.parquet"
NETWORK = "network"
BASELINE = "baseline_"
"""Prefix of the columns with the baselines' predictions."""


def absolute_errors(predictions: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Return the absolute errors of each model, (rows,), by the model's name.

    Args:
        predictions: `actual`, the network's `predicted`, and a column for each baseline.
    """
    columns = {NETWORK: "predicted"}
    columns |= {name.removeprefix(BASELINE): name for name in baselines_of(predictions)}
    actual = predictions["actual"].to_numpy(np.float64)
    return {name: np.abs(predictions[c].to_numpy() - actual) for name, c in columns.items()}


def baselines_of(predictions: pd.DataFrame) -> list[str]:
    """List the columns of the baselines."""
    return [name for name in map(str, predictions.columns) if name.startswith(BASELINE)]
