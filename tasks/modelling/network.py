"""The Keras network, and its connection to the vectorizer.

    tokens ── word dropout ─┬─ embedding ─ LSTM in both directions ─ mean and maximum ─┬─ target
                            └─ weight of each word and bigram ─────────────────────────┘  scale
                                                                                          targets

Each part but the embedding and the target is optional. The notebook's network has only an LSTM.
"""

from __future__ import annotations

from typing import Any, cast

import keras
from keras import initializers, layers, ops

from tasks.configuration.parameters import NetworkParameters
from tasks.modelling.output_scale import OutputScale
from tasks.modelling.seeds import Seeds

UNKNOWN_TOKEN = 1
"""Number of the unknown token; 0 is padding."""
ESTIMATED = "estimated"
"""Name of the layer that outputs the estimate of the target."""


def build_network(
    parameters: NetworkParameters,
    vocabulary_size: int,
    seed: int = 0,
    auxiliary_targets: tuple[int, ...] = (),
) -> keras.Model:
    """Build the network from token numbers to the target, on the scale of `OutputScale`.

    Args:
        parameters: shape of the network.
        vocabulary_size: token numbers are below this; 0 is padding.
        seed: of the initial weights and of the dropout.
        auxiliary_targets: number of outputs of each auxiliary target.

    Returns:
        A model from int32 (batch, tokens) with any number of tokens to float32 (batch, outputs):
        the target, with `log_scale` the logarithm of the scale of its error, and the auxiliary
        targets. The amount of padding on the right does not change the outputs.
    """
    seeds = Seeds(seed)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    kept = _drop_words(tokens, parameters.word_dropout, seeds)
    features = _extract_features(kept, _mask(tokens), parameters, vocabulary_size, seeds)
    if parameters.pooled_dropout:
        features = layers.Dropout(parameters.pooled_dropout, seed=seeds.draw())(features)
    estimated = layers.Dense(1, **seeds.uniform(), dtype="float32", name="deep")(features)
    if parameters.bigram_buckets:
        estimated += _weigh_words(tokens, kept, parameters.bigram_buckets, vocabulary_size)
    estimated = layers.Identity(dtype="float32", name=ESTIMATED)(estimated)
    heads = _auxiliary_heads(features, parameters.log_scale, sum(auxiliary_targets), seeds)
    outputs = ops.concatenate([estimated, *heads], axis=1) if heads else estimated
    return keras.Model(tokens, outputs, name="network")


def _mask(tokens: Any) -> Any:
    """Mask the padding, but never the first place.

    cuDNN's LSTM fails on a row that is masked completely, and its mean would be NaN.
    """
    return ops.logical_or(ops.not_equal(tokens, 0), ops.equal(_places(tokens), 0))


def _places(tokens: Any) -> Any:
    return ops.cumsum(ops.ones_like(tokens), axis=1) - 1


def _drop_words(tokens: Any, rate: float, seeds: Seeds) -> Any:
    """Replace random words by the unknown token in training (Iyyer et al. 2015, section 3.2)."""
    if not rate:
        return tokens
    dropout = layers.Dropout(rate, seed=seeds.draw(), dtype="float32", name="word_dropout")
    dropped = ops.equal(dropout(ops.cast(ops.ones_like(tokens), "float32")), 0)
    return ops.where(ops.logical_and(dropped, ops.not_equal(tokens, 0)), UNKNOWN_TOKEN, tokens)


def _extract_features(
    tokens: Any, mask: Any, parameters: NetworkParameters, vocabulary_size: int, seeds: Seeds
) -> Any:
    """Embed the tokens, read the vectors with the LSTM, and pool its states."""
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
    """Make the LSTM, otherwise with Keras' defaults, which cuDNN requires."""

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
    """Concatenate mean and maximum of the states over the unmasked places."""
    weights = ops.cast(ops.expand_dims(mask, -1), states.dtype)
    mean = ops.sum(states * weights, axis=1) / ops.sum(weights, axis=1)
    lowest = ops.cast(-1e4, states.dtype)
    return ops.concatenate([mean, ops.max(ops.where(weights > 0, states, lowest), axis=1)], axis=-1)


def _auxiliary_heads(
    features: Any, log_scale: bool, auxiliary_outputs: int, seeds: Seeds
) -> list[Any]:
    """Return the output heads that are used only in training."""
    outputs = []
    if log_scale:
        scale = layers.Dense(1, kernel_initializer="zeros", dtype="float32", name="log_scale")
        outputs.append(scale(features))
    if auxiliary_outputs:
        head = layers.Dense(
            auxiliary_outputs, **seeds.uniform(), dtype="float32", name="auxiliary_targets"
        )
        outputs.append(head(features))
    return outputs


def _weigh_words(tokens: Any, kept: Any, buckets: int, vocabulary_size: int) -> Any:
    """Return the wide part of the network: the sum of a weight for each word and each bigram.

    Wide and deep learning after Cheng et al. 2016, with hashed bigrams (Weinberger et al. 2009).
    The sum is divided by the square root of the length, so that long reviews stay in range. Bigrams
    ignore word dropout, which would replace two bigrams for each word.
    """
    first, second = tokens[:, :-1], tokens[:, 1:]
    pairs = ops.mod(first * vocabulary_size + second, buckets) + 1
    pairs = ops.where(ops.equal(second, 0), 0, pairs)
    words = _add_weights(kept, vocabulary_size, "word_weights")
    return words + _add_weights(pairs, buckets + 1, "bigram_weights")


def _add_weights(numbers: Any, size: int, name: str) -> Any:
    table = layers.Embedding(size, 1, embeddings_initializer="zeros", dtype="float32", name=name)
    mask = ops.cast(ops.expand_dims(ops.not_equal(numbers, 0), -1), "float32")
    return ops.sum(table(numbers) * mask, axis=1) / ops.sqrt(ops.sum(mask, axis=1) + 1)


def join_text(
    vectorizer: keras.layers.TextVectorization,
    network: keras.Model,
    scale: OutputScale,
    bounds: tuple[float, float],
) -> keras.Model:
    """Join vectorizer and network to a model that reads raw strings.

    Args:
        vectorizer: from strings to token numbers.
        network: from `build_network`.
        scale: of the network's output.
        bounds: lowest and highest target of the training set, to which estimates are clipped.

    Returns:
        A model from strings (batch, 1) to the target, float32 (batch, 1), without the other
        outputs. Its last layer is a model from token numbers to the target.
    """
    text = keras.Input((1,), dtype="string", name="text")
    output = network.get_layer(ESTIMATED).output
    estimated = ops.clip(output * scale.unit + scale.center, *bounds)
    reader = keras.Model(network.input, estimated, name="from_tokens")
    target = reader(ops.cast(vectorizer(text), "int32"))
    return cast("keras.Model", keras.Model(text, target, name="from_text"))
