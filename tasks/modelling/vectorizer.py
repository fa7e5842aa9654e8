"""The layer that turns strings into token numbers."""

from __future__ import annotations

from typing import Any

import keras

from tasks.configuration.parameters import VectorizerParameters
from tasks.modelling.standardization import set_signs_apart


def make_vectorizer(
    parameters: VectorizerParameters, vocabulary: list[str] | None = None
) -> keras.layers.TextVectorization:
    """Make the layer that turns raw strings into token numbers.

    Returns:
        A layer from strings (batch,) to int64 (batch, sequence_length): 0 pads on the right, 1 is
        the unknown token.
    """
    standardize: Any = "lower_and_strip_punctuation" if parameters.punctuation == "strip" else None
    return keras.layers.TextVectorization(
        max_tokens=parameters.vocabulary_size,
        standardize=standardize or set_signs_apart,
        output_mode="int",
        output_sequence_length=parameters.sequence_length,
        vocabulary=vocabulary,
        name="vectorizer",
    )
