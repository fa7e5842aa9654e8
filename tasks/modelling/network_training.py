"""The model type `network`: vectorizer, and an LSTM or pooled word vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray
from prefect import get_run_logger

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import NetworkParameters, TrainingParameters
from tasks.modelling.auxiliary_targets import encode_auxiliary_targets
from tasks.modelling.device import Device
from tasks.modelling.fitting import Side, compile_network, fit_network
from tasks.modelling.losses import choose_loss
from tasks.modelling.model_types import TrainedModel, TrainingData
from tasks.modelling.network import build_network, join_text
from tasks.modelling.output_scale import OutputScale
from tasks.modelling.progress import Progress
from tasks.modelling.strategy import choose_strategy, describe_devices
from tasks.modelling.token_file import Tokens, write_tokens
from tasks.modelling.vectorizer import make_vectorizer
from tasks.modelling.word_vectors import make_word_vectors
from tasks.storage.resuming import State
from tasks.storage.stored_table import StoredTable

TEXTS_AT_ONCE = 4096


def vectorize_reviews(
    vectorizer: keras.layers.TextVectorization, reviews: StoredTable, dataset: Dataset, path: Path
) -> Side:
    """Return the targets of reviews, and their token numbers, which are written to `path`."""
    targets = [np.zeros(0, np.float32)]

    def read() -> Iterator[NDArray[np.int32]]:
        for batch in reviews.batches(TEXTS_AT_ONCE, [dataset.text, dataset.target.name]):
            targets.append(batch[dataset.target.name].to_numpy().astype(np.float32))
            texts = np.array(batch[dataset.text].to_pylist(), dtype=object)
            yield vectorizer(texts).numpy().astype(np.int32)

    tokens = write_tokens(path, read(), vectorizer.vocabulary_size())
    return tokens, np.concatenate(targets)


class Shape(NamedTuple):
    """The arguments of `build_network`."""

    parameters: NetworkParameters
    vocabulary_size: int
    seed: int
    auxiliary_targets: tuple[int, ...]


def build_on_devices(
    shape: Shape,
    step: float | None,
    rows: int,
    parameters: TrainingParameters,
    device: Device,
) -> keras.Model:
    """Build and compile a network on all devices of a kind, with the precision of `parameters`.

    Args:
        shape: of the network.
        step: of the target on the network's scale; None without a step.
        rows: number of training rows.
        parameters: how to train.
        device: the kind of device.
    """
    default = keras.config.dtype_policy()
    with choose_strategy(device).scope():
        keras.config.set_dtype_policy(parameters.precision)
        try:
            network = build_network(*shape)
            loss = choose_loss(shape.parameters, step, shape.auxiliary_targets)
            compile_network(network, loss, parameters, rows)
        finally:
            keras.config.set_dtype_policy(default)
    return network


def start_progress(network: keras.Model, shape: Shape, tokens: Tokens, state: State) -> Progress:
    """Restore the state of a killed run in a compiled network, else set its word vectors.

    Args:
        network: the network.
        shape: of the network.
        tokens: of the training texts.
        state: of a killed run, if there is any.
    """
    progress = Progress(network, state)
    if not progress.history and shape.parameters.embedding_start == "neighbours":
        units = shape.parameters.embedding_units
        vectors = make_word_vectors(tokens, shape.vocabulary_size, units, shape.seed)
        network.get_layer("embedding").set_weights([vectors])
    return progress


def train(
    data: TrainingData,
    parameters: NetworkParameters,
    training: TrainingParameters,
    device: Device,
    state: State,
) -> TrainedModel:
    """Train the network, and join the vectorizer and the weights of the best epoch."""
    vectorizer = make_vectorizer(data.vectorizer, data.words)
    tokens, targets = vectorize_reviews(
        vectorizer, data.train, data.dataset, data.scratch / "train.tokens"
    )
    scale = OutputScale.of(targets, data.dataset.target)
    learned = data.dataset.auxiliary_targets if parameters.auxiliary_targets else ()
    # Also the target: a table without columns would have no rows.
    names = [data.dataset.target.name, *(column.name for column in learned)]
    auxiliary = encode_auxiliary_targets(data.train.read(names), learned)
    train_side = (tokens, np.column_stack([scale.encode(targets), auxiliary.targets]))
    shape = Shape(parameters, len(data.words) + 2, training.seed, auxiliary.outputs)
    fitted = build_on_devices(shape, scale.step, len(targets), training, device)
    facts = describe_devices(device, fitted) | {"parameters": fitted.count_params()}
    get_run_logger().info("training on %s", facts)
    progress = start_progress(fitted, shape, tokens, state)
    validation_side = vectorize_reviews(
        vectorizer, data.validation, data.dataset, data.scratch / "validation.tokens"
    )
    fit_network(progress, train_side, validation_side, scale, training, data.limits)
    # A copy that was never compiled: the saved file then has no optimizer state.
    network = build_network(*shape)
    network.set_weights(fitted.get_weights())
    bounds = (float(targets.min()), float(targets.max()))
    model = join_text(vectorizer, network, scale, bounds)
    return TrainedModel(model, progress.facts() | facts, progress.history)
