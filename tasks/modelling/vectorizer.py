"""The layer that turns strings into token numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

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


def adapt_vocabulary(batches: Iterable[list[str]], parameters: VectorizerParameters) -> list[str]:
    """Collect the most frequent tokens of the texts.

    Args:
        batches: the texts, some at a time.
        parameters: size of the vocabulary, and how texts become tokens.

    Returns:
        The tokens without padding and unknown token, the most frequent first; the order of equally
        frequent tokens is fixed.
    """
    vectorizer = make_vectorizer(parameters)
    vectorizer.adapt(np.array(texts, dtype=object) for texts in batches)
    return [str(token) for token in vectorizer.get_vocabulary(include_special_tokens=False)]
