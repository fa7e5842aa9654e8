"""The form of texts that the vectorizer splits; a saved model names this function.

Whoever loads a `.keras` file with it imports this module first, which registers the function.
"""

from __future__ import annotations

import keras
import tensorflow as tf

from tasks.modelling.tokens import APART, SPACES


@keras.saving.register_keras_serializable(package="wine_points")  # type: ignore[untyped-decorator]
def set_signs_apart(texts: tf.Tensor) -> tf.Tensor:
    """Put texts into lower case, with white space around every number and sign.

    Args:
        texts: strings, of any shape; bytes that are no UTF-8 become U+FFFD.

    Returns:
        Strings of the same shape, to be split at white space.
    """
    plain = tf.strings.regex_replace(tf.strings.lower(texts, encoding="utf-8"), SPACES, " ")
    return tf.strings.regex_replace(plain, APART, r" \1 ")
