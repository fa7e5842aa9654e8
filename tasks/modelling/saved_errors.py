"""The errors of a saved model on reviews with a target."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_contracts.dataset import Target
from tasks.configuration.errors import StoreError
from tasks.configuration.system_errors import explain_system_error
from tasks.modelling.rounding import round_to_step


def measure_errors(
    model: Path, texts: Iterable[list[str]], actual: NDArray[Any], target: Target
) -> NDArray[np.float64]:
    """Let a saved model predict reviews; return its absolute errors, (rows,).

    Args:
        model: the file.
        texts: of the reviews, some at a time.
        actual: their targets, (rows,).
        target: its step.

    Raises:
        StoreError: memory ran out, or there is no permission to read the file.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from tasks.modelling.serving import Predictor, load_model

    try:
        predict = Predictor(load_model(model))
        parts = [predict(some) for some in texts]
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise StoreError(
            "nothing was decided: not enough memory for the champion's model; run again"
        ) from error
    except PermissionError as error:
        why = explain_system_error(error)
        raise StoreError(f"{error.filename}: {why}; nothing was decided") from error
    predicted = round_to_step(np.concatenate([np.zeros(0), *parts]), target)
    errors: NDArray[np.float64] = np.abs(predicted - actual)
    return errors
