"""What a text is made of: the layer that turns strings into token numbers, and its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.configuration.parameters import VectorizerParameters

if TYPE_CHECKING:
    import keras

SPACES = r"[\pZ\pC]+"
"""Separators and control characters (Unicode Standard, table 4-4)."""
APART = r"(\pN+|[^\pL\pM\pN'’ ])"
"""What becomes a token of its own: a number, and each sign but letters, marks and apostrophes.

In reviews signs carry meaning: `91-93` is a range of points, a dash or a `but` turns the tide.
TensorFlow and Arrow read both patterns with the same engine, RE2.
"""


def make_vectorizer(
    parameters: VectorizerParameters, vocabulary: list[str] | None = None
) -> keras.layers.TextVectorization:
    """Make the layer that turns raw strings into token numbers.

    Returns:
        A layer from strings (batch,) to int64 (batch, sequence_length): 0 pads on the right, 1 is
        the unknown token.
    """
    import keras

    from tasks.modelling.standardization import set_signs_apart

    standardize: Any = "lower_and_strip_punctuation" if parameters.punctuation == "strip" else None
    return keras.layers.TextVectorization(
        max_tokens=parameters.vocabulary_size,
        standardize=standardize or set_signs_apart,
        output_mode="int",
        output_sequence_length=parameters.sequence_length,
        vocabulary=vocabulary,
        name="vectorizer",
    )


def tokenize(texts: list[str], parameters: VectorizerParameters) -> list[list[str]]:
    """Split texts as the vectorizer does, for people to look at; TensorFlow is not imported."""
    from data_contracts.tokens import tokenize as strip_and_split

    if parameters.punctuation == "strip":
        tokens: list[list[str]] = strip_and_split(pa.array(texts, pa.string())).to_pylist()
        return tokens
    plain = pc.replace_substring_regex(pc.utf8_lower(pa.array(texts, pa.string())), SPACES, " ")
    apart: list[str] = pc.replace_substring_regex(plain, APART, r" \1 ").to_pylist()
    return [text.split() for text in apart]
