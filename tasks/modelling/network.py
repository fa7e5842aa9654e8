"""The Keras network, and the layer that turns strings into what it reads."""

from __future__ import annotations

from typing import cast

import keras
import numpy as np

from tasks.parameters import NetworkParameters, VectorizerParameters


def make_vectorizer(
    parameters: VectorizerParameters, vocabulary: list[str] | None = None
) -> keras.layers.TextVectorization:
    """Make the layer that turns raw strings into token numbers.

    It lowers the case, strips ASCII punctuation and splits at white space.

    Returns:
        A layer from strings (batch,) to int64 (batch, sequence_length): 0 pads on the right, 1 is
        the unknown token.
    """
    return keras.layers.TextVectorization(
        max_tokens=parameters.vocabulary_size,
        output_mode="int",
        output_sequence_length=parameters.sequence_length,
        vocabulary=vocabulary,
        name="vectorizer",
    )


def build_network(
    parameters: NetworkParameters, vocabulary_size: int, start_points: float, seed: int = 0
) -> keras.Model:
    """Build the network from token numbers to points.

    The output's bias starts at `start_points`: from 0, a target near 88 is out of reach of Adam's
    steps for many epochs.

    Args:
        parameters: its shape.
        vocabulary_size: token numbers run from 0 (padding) to this, exclusive.
        start_points: the prediction before any training, the training median.
        seed: of the initial weights. Without it Keras would draw seeds from Python's own random
            numbers, of which any thread of the process takes some too.

    Returns:
        An unbuilt-optimizer model from int32 (batch, tokens) to float32 (batch, 1), for any number
        of tokens; padding is masked.
    """
    seeds = iter(np.random.SeedSequence(seed).generate_state(6).tolist())
    initializers = keras.initializers
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    vectors = keras.layers.Embedding(
        vocabulary_size,
        parameters.embedding_units,
        embeddings_initializer=initializers.RandomUniform(seed=next(seeds)),
        mask_zero=True,
        name="embedding",
    )(tokens)
    if parameters.embedding_dropout:
        dropout = keras.layers.Dropout(
            parameters.embedding_dropout, seed=next(seeds), name="dropout"
        )
        vectors = dropout(vectors)
    state = keras.layers.LSTM(
        parameters.lstm_units,
        kernel_initializer=initializers.GlorotUniform(seed=next(seeds)),
        recurrent_initializer=initializers.Orthogonal(seed=next(seeds)),
        seed=next(seeds),
        name="lstm",
    )(vectors)
    points = keras.layers.Dense(
        1,
        kernel_initializer=initializers.GlorotUniform(seed=next(seeds)),
        bias_initializer=keras.initializers.Constant(start_points),
        dtype="float32",
        name="points",
    )(state)
    return keras.Model(tokens, points, name="wine_points")


def join_text(vectorizer: keras.layers.TextVectorization, network: keras.Model) -> keras.Model:
    """Put the vectorizer before the network, so that the saved model reads raw strings.

    Returns:
        A model from strings (batch, 1) to float32 (batch, 1) points.
    """
    text = keras.Input((1,), dtype="string", name="description")
    tokens = keras.ops.cast(vectorizer(text), "int32")
    return cast("keras.Model", keras.Model(text, network(tokens), name="wine_points_from_text"))
