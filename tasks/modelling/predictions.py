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
"""Prefix of the columns with the baselines' predicted points."""


def absolute_errors(predictions: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """Return the absolute errors of each model in points, (rows,), by the model's name.

    Args:
        predictions: `points`, the network's `predicted_points`, and a column for each baseline.
    """
    columns = {NETWORK: "predicted_points"}
    columns |= {name.removeprefix(BASELINE): name for name in baselines_of(predictions)}
    points = predictions["points"].to_numpy(np.float64)
    return {name: np.abs(predictions[c].to_numpy() - points) for name, c in columns.items()}


def baselines_of(predictions: pd.DataFrame) -> list[str]:
    """List the columns of the baselines."""
    return [name for name in map(str, predictions.columns) if name.startswith(BASELINE)]
