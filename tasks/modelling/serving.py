"""The saved model at work: loaded in safe mode, fed raw strings."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import keras
import numpy as np
from numpy.typing import NDArray

BATCH_SIZE = 512

FILLER = "wine"
"""Fills the last batch up; a text with a token, as cuDNN's LSTM fails on a fully masked row."""


def load_model(path: Path) -> keras.Model:
    """Load a `.keras` file in Keras' safe mode, which runs no code from the file.

    Raises:
        ValueError: the file holds code, or is no Keras model.
    """
    # Registers what the file names.
    import tasks.modelling.standardization  # noqa: F401

    return cast("keras.Model", keras.saving.load_model(path, compile=False, safe_mode=True))


def predict(model: keras.Model, descriptions: list[str]) -> NDArray[np.float64]:
    """Predict points from raw strings.

    Rows are batched in their order and the last batch is filled up, so that a row's prediction
    does not depend on how many rows there are.

    Args:
        model: from strings (batch, 1) to points (batch, 1).
        descriptions: any strings.

    Returns:
        Points, (rows,).
    """
    texts = np.array([*descriptions, *[FILLER] * (-len(descriptions) % BATCH_SIZE)], dtype=object)
    batches = [
        model.predict_on_batch(
            keras.ops.convert_to_tensor(texts[i : i + BATCH_SIZE, None], "string")
        )
        for i in range(0, len(texts), BATCH_SIZE)
    ]
    predicted = np.concatenate(batches) if batches else np.zeros((0, 1))
    return predicted[: len(descriptions), 0].astype(np.float64)
