"""The errors of a saved model on reviews with a target."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.dataset import Dataset
from tasks.configuration.errors import StoreError
from tasks.configuration.system_errors import explain_system_error
from tasks.modelling.rounding import round_to_step


def measure_errors(model: Path, reviews: pa.Table, dataset: Dataset) -> NDArray[np.float64]:
    """Let a saved model predict reviews; return its absolute errors, (rows,).

    Args:
        model: the file.
        reviews: with the text and the target, both without nulls.
        dataset: their names, and the step of the target.

    Raises:
        StoreError: memory ran out, or there is no permission to read the file.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from tasks.modelling.serving import load_model, predict

    try:
        estimated = predict(load_model(model), reviews[dataset.text].to_pylist())
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise StoreError(
            "nothing was decided: not enough memory for the champion's model; run again"
        ) from error
    except PermissionError as error:
        why = explain_system_error(error)
        raise StoreError(f"{error.filename}: {why}; nothing was decided") from error
    predicted = round_to_step(estimated, dataset.target)
    errors: NDArray[np.float64] = np.abs(predicted - reviews[dataset.target.name].to_numpy())
    return errors
