"""Train: train + validation + vocabulary -> best model, history."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from prefect import get_run_logger

from tasks.configuration.parameters import (
    NetworkParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.engine.stages import stage
from tasks.modelling.model_file import MODEL
from tasks.storage.artifacts import Artifact, Output, digest_json
from tasks.storage.resuming import State
from tasks.storage.workspace import Workspace

if TYPE_CHECKING:
    import keras

    from tasks.modelling.device import Device
    from tasks.modelling.fitting import Side
    from tasks.modelling.progress import Progress

TEXTS_AT_ONCE = 4096


def prepare_tensorflow(parameters: TrainingParameters) -> Device:
    """Seed TensorFlow, and make it deterministic if asked to.

    Returns:
        The device to train on.

    Raises:
        ValueError: it was not settled; `auto` would stand for two of them in one address.
    """
    if parameters.device == "auto":
        raise ValueError("the device is not settled")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import tensorflow as tf

    # Layers that get a number for a name must get the same one whatever ran before.
    keras.backend.clear_session()
    keras.utils.set_random_seed(parameters.seed)
    if parameters.deterministic:
        tf.config.experimental.enable_op_determinism()
    return parameters.device


def vectorize_reviews(vectorizer: keras.layers.TextVectorization, reviews: pa.Table) -> Side:
    """Turn the descriptions of reviews into token numbers, beside their points."""
    texts = np.array(reviews["description"].to_pylist(), dtype=object)
    parts = [
        vectorizer(texts[start : start + TEXTS_AT_ONCE]).numpy().astype(np.int32)
        for start in range(0, len(texts), TEXTS_AT_ONCE)
    ]
    return np.concatenate(parts), reviews["points"].to_numpy().astype(np.float32)


class Shape(NamedTuple):
    """What `build_network` takes, in its order."""

    parameters: NetworkParameters
    vocabulary_size: int
    start_points: float
    seed: int
    companions: tuple[int, ...]


def build_on_devices(
    shape: Shape, rows: int, parameters: TrainingParameters, device: Device
) -> keras.Model:
    """Build and compile a network in the precision asked for, on all devices of a kind.

    Args:
        shape: of the network.
        rows: that it will learn from.
        parameters: how to train.
        device: the kind.
    """
    import keras

    from tasks.modelling.fitting import compile_network
    from tasks.modelling.losses import choose_loss
    from tasks.modelling.network import build_network
    from tasks.modelling.strategy import choose_strategy

    usual = keras.config.dtype_policy()
    with choose_strategy(device).scope():
        keras.config.set_dtype_policy(parameters.precision)
        try:
            network = build_network(*shape)
            loss = choose_loss(shape.parameters, shape.companions)
            compile_network(network, loss, parameters, rows)
        finally:
            keras.config.set_dtype_policy(usual)
    return network


def begin_or_go_on(
    network: keras.Model, shape: Shape, tokens: NDArray[np.int32], state: State
) -> Progress:
    """Give a compiled network the state of an earlier run, or the word vectors it begins with.

    Args:
        network: the network.
        shape: its shape.
        tokens: of the training texts, (rows, length).
        state: what an earlier run may have reached.
    """
    from tasks.modelling.progress import Progress
    from tasks.modelling.word_vectors import make_word_vectors

    progress = Progress(network, state)
    if not progress.history and shape.parameters.embedding_start == "neighbours":
        units = shape.parameters.embedding_units
        vectors = make_word_vectors(tokens, shape.vocabulary_size, units, shape.seed)
        network.get_layer("embedding").set_weights([vectors])
    return progress


def digest_model(model: keras.Model, vocabulary: list[str]) -> str:
    """Digest what a model means: configuration, weights and vocabulary, not the time of saving."""
    weights = hashlib.sha256()
    for weight in model.get_weights():
        if isinstance(weight, np.ndarray) and weight.dtype != object:
            weights.update(np.ascontiguousarray(weight).tobytes())
    return digest_json([json.loads(model.to_json()), weights.hexdigest(), vocabulary])


@stage("train")
def train_network(
    workspace: Workspace,
    train: Artifact,
    validation: Artifact,
    vocabulary: Artifact,
    vectorizer_parameters: VectorizerParameters,
    network_parameters: NetworkParameters,
    parameters: TrainingParameters,
) -> Output:
    """Train the network; save the best epoch's weights behind the vectorizer as `model.keras`."""
    device = prepare_tensorflow(parameters)
    from tasks.modelling.companions import encode_companions
    from tasks.modelling.fitting import fit_network
    from tasks.modelling.network import build_network, join_text
    from tasks.modelling.progress import STATE_FILE
    from tasks.modelling.strategy import describe_devices
    from tasks.modelling.tokens import make_vectorizer

    words = workspace.read_json(vocabulary, "vocabulary.json")
    vectorizer = make_vectorizer(vectorizer_parameters, words)
    reviews = workspace.read_table(train, "train.parquet")
    tokens, points = vectorize_reviews(vectorizer, reviews)
    chooses = vectorize_reviews(vectorizer, workspace.read_table(validation, "validation.parquet"))
    companions = encode_companions(reviews, network_parameters.companions)
    learns = (tokens, np.column_stack([points, companions.targets]))
    start, outputs = float(np.median(points)), companions.outputs
    shape = Shape(network_parameters, len(words) + 2, start, parameters.seed, outputs)
    fitted = build_on_devices(shape, len(points), parameters, device)
    about = describe_devices(device, fitted) | {"parameters": fitted.count_params()}
    get_run_logger().info("training on %s", about)
    progress = begin_or_go_on(fitted, shape, tokens, workspace.state(STATE_FILE))
    fit_network(progress, learns, chooses, parameters)
    # A network that was never compiled leaves the optimizer's state out of the file.
    network = build_network(*shape)
    network.set_weights(fitted.get_weights())
    model = join_text(vectorizer, network, (float(points.min()), float(points.max())))
    with workspace.writing(MODEL) as path:
        model.save(path)
    workspace.write_json(progress.history, "history.json")
    digest = digest_json([digest_model(model, words), progress.history])
    return Output(facts=progress.sum_up() | about, digest=digest)
