"""Standardization of texts for the vectorizer.

A saved model names the function: import this module, which registers it, before loading a model.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from tasks.modelling.tokens import APART, SPACES


@keras.saving.register_keras_serializable(package="wine_points")  # type: ignore[untyped-decorator]
def set_signs_apart(texts: tf.Tensor) -> tf.Tensor:
    """Convert texts to lower case, with spaces around numbers and punctuation marks.

    Args:
        texts: strings of any shape; invalid UTF-8 becomes U+FFFD.

    Returns:
        Strings of the same shape, to be split at white space.
    """
    plain = tf.strings.regex_replace(tf.strings.lower(texts, encoding="utf-8"), SPACES, " ")
    return tf.strings.regex_replace(plain, APART, r" \1 ")
