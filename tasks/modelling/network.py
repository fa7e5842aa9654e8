"""The Keras network, and how it is joined to the text that it reads.

    tokens ── word dropout ─┬─ embedding ─ LSTM in both directions ─ mean and maximum ─┬─ points
                            └─ weight of each word and bigram ─────────────────────────┘  scale
                                                                                          targets

Every part but the embedding can be left out; the notebook's network is what then remains.
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import initializers, layers, ops

from tasks.configuration.parameters import NetworkParameters
from tasks.modelling.seeds import Seeds

UNKNOWN_TOKEN = 1
"""Number of the unknown token; 0 pads."""
POINTS = "estimated_points"
"""Name of the step that gives the points."""


def build_network(
    parameters: NetworkParameters,
    vocabulary_size: int,
    start_points: float,
    seed: int = 0,
    auxiliary_targets: tuple[int, ...] = (),
) -> keras.Model:
    """Build the network from token numbers to points.

    The output's bias starts at `start_points`: from 0, Adam's steps are long on the way to 88.

    Args:
        parameters: its shape.
        vocabulary_size: token numbers run from 0 (padding) to this, exclusive.
        start_points: the prediction before any training, the training median.
        seed: of the initial weights and of the dropout.
        auxiliary_targets: how many outputs predict each auxiliary target.

    Returns:
        A model from int32 (batch, tokens), for any number of tokens, to float32 (batch, outputs):
        points, with `log_scale` the logarithm of the scale in points, and the outputs of the
        auxiliary targets. How much padding stands on the right does not matter.
    """
    seeds = Seeds(seed)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    kept = _drop_words(tokens, parameters.word_dropout, seeds)
    features = _read_in_order(kept, _mask(tokens), parameters, vocabulary_size, seeds)
    if parameters.pooled_dropout:
        features = layers.Dropout(parameters.pooled_dropout, seed=seeds.draw())(features)
    start = initializers.Constant(start_points)
    points = layers.Dense(
        1, **seeds.uniform(), bias_initializer=start, dtype="float32", name="deep_points"
    )(features)
    if parameters.bigram_buckets:
        weighed = _weigh_words(tokens, kept, parameters.bigram_buckets, vocabulary_size)
        points = points + weighed
    points = layers.Identity(dtype="float32", name=POINTS)(points)
    outputs = [
        points,
        *_auxiliary_heads(features, parameters.log_scale, sum(auxiliary_targets), seeds),
    ]
    return keras.Model(tokens, _join(outputs), name="wine_points")


def _join(outputs: list[Any]) -> Any:
    return ops.concatenate(outputs, axis=1) if len(outputs) > 1 else outputs[0]


def _mask(tokens: Any) -> Any:
    """Tell padding from tokens; the first place always counts, as no row may be masked whole.

    cuDNN's LSTM fails on such a row, and a mean over no places is no number.
    """
    return ops.logical_or(ops.not_equal(tokens, 0), ops.equal(_places(tokens), 0))


def _places(tokens: Any) -> Any:
    return ops.cumsum(ops.ones_like(tokens), axis=1) - 1


def _drop_words(tokens: Any, rate: float, seeds: Seeds) -> Any:
    """Turn words into the unknown token at random, in training (Iyyer et al. 2015, section 3.2)."""
    if not rate:
        return tokens
    chances = layers.Dropout(rate, seed=seeds.draw(), dtype="float32", name="word_dropout")
    dropped = ops.equal(chances(ops.cast(ops.ones_like(tokens), "float32")), 0)
    return ops.where(ops.logical_and(dropped, ops.not_equal(tokens, 0)), UNKNOWN_TOKEN, tokens)


def _read_in_order(
    tokens: Any, mask: Any, parameters: NetworkParameters, vocabulary_size: int, seeds: Seeds
) -> Any:
    """Turn tokens into vectors, read them with the LSTM, and pool what it says over all places."""
    vectors = layers.Embedding(
        vocabulary_size,
        parameters.embedding_units,
        embeddings_initializer=initializers.RandomUniform(seed=seeds.draw()),
        name="embedding",
    )(tokens)
    if parameters.embedding_dropout:
        vectors = layers.Dropout(parameters.embedding_dropout, seed=seeds.draw())(vectors)
    if not parameters.lstm_units:
        return _pool(vectors, mask)
    states = _make_lstm(parameters, seeds)(vectors, mask=mask)
    return _pool(states, mask) if parameters.pooling == "mean_max" else states


def _make_lstm(parameters: NetworkParameters, seeds: Seeds) -> keras.layers.Layer:
    """Make the LSTM; its other arguments are Keras' own, which cuDNN asks for."""

    def read(name: str, backwards: bool = False) -> keras.layers.Layer:
        return layers.LSTM(
            parameters.lstm_units,
            **seeds.uniform(),
            recurrent_initializer=initializers.Orthogonal(seed=seeds.draw()),
            return_sequences=parameters.pooling == "mean_max",
            go_backwards=backwards,
            seed=seeds.draw(),
            name=name,
        )

    forwards = read("lstm")
    if not parameters.bidirectional:
        return forwards
    return layers.Bidirectional(forwards, backward_layer=read("lstm_back", True), name="both_ways")


def _pool(states: Any, mask: Any) -> Any:
    """Take mean and maximum over the places that are no padding."""
    there = ops.cast(ops.expand_dims(mask, -1), states.dtype)
    mean = ops.sum(states * there, axis=1) / ops.sum(there, axis=1)
    lowest = ops.cast(-1e4, states.dtype)
    return ops.concatenate([mean, ops.max(ops.where(there > 0, states, lowest), axis=1)], axis=-1)


def _auxiliary_heads(
    features: Any, log_scale: bool, auxiliary_outputs: int, seeds: Seeds
) -> list[Any]:
    """Return the output heads that are used only in training."""
    outputs = []
    if log_scale:
        scale = layers.Dense(1, kernel_initializer="zeros", dtype="float32", name="log_scale")
        outputs.append(scale(features))
    if auxiliary_outputs:
        told = layers.Dense(
            auxiliary_outputs, **seeds.uniform(), dtype="float32", name="auxiliary_targets"
        )
        outputs.append(told(features))
    return outputs


def _weigh_words(tokens: Any, kept: Any, buckets: int, vocabulary_size: int) -> Any:
    """Add up a weight for each word and each pair of neighbours: the wide part.

    Wide and deep in one model after Cheng et al. 2016; pairs share weights where their hashes
    collide (Weinberger et al. 2009). The sum is divided by the root of the length, so that long
    reviews stay in range. Pairs are those of the whole text: a dropped word would break two.
    """
    first, second = tokens[:, :-1], tokens[:, 1:]
    pairs = ops.mod(first * vocabulary_size + second, buckets) + 1
    pairs = ops.where(ops.equal(second, 0), 0, pairs)
    words = _add_weights(kept, vocabulary_size, "word_weights")
    return words + _add_weights(pairs, buckets + 1, "bigram_weights")


def _add_weights(numbers: Any, size: int, name: str) -> Any:
    table = layers.Embedding(size, 1, embeddings_initializer="zeros", dtype="float32", name=name)
    there = ops.cast(ops.expand_dims(ops.not_equal(numbers, 0), -1), "float32")
    return ops.sum(table(numbers) * there, axis=1) / ops.sqrt(ops.sum(there, axis=1) + 1)


def join_text(
    vectorizer: keras.layers.TextVectorization,
    network: keras.Model,
    scale: tuple[float, float] | None = None,
) -> keras.Model:
    """Put the vectorizer before the network, so that the saved model reads raw strings.

    Args:
        vectorizer: from strings to token numbers.
        network: of `build_network`.
        scale: lowest and highest points that training has seen; no estimate goes beyond.

    Returns:
        A model from strings (batch, 1) to float32 (batch, 1) points; what else the network tells
        is left out. Its last step is a model from token numbers.
    """
    text = keras.Input((1,), dtype="string", name="description")
    estimated = network.get_layer(POINTS).output
    if scale:
        estimated = ops.clip(estimated, *scale)
    reader = keras.Model(network.input, estimated, name="wine_points_from_tokens")
    points = reader(ops.cast(vectorizer(text), "int32"))
    return cast("keras.Model", keras.Model(text, points, name="wine_points_from_text"))
