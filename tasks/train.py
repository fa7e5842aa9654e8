"""Train: splits + vocabulary -> best model, history."""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from prefect import get_run_logger

from tasks.engine.artifacts import Artifact, Output, digest_json
from tasks.engine.stages import stage
from tasks.engine.workspace import Workspace
from tasks.errors import TrainingError
from tasks.parameters import NetworkParameters, TrainingParameters, VectorizerParameters

if TYPE_CHECKING:
    import keras

    from tasks.modelling.progress import Progress

MODEL = "model.keras"
PREDICTION_BATCH_SIZE = 512
SEED_VARIABLE = "seed_generator_state"
"""Name that Keras gives the variables from which dropout draws (keras.random.SeedGenerator)."""


def prepare_tensorflow(parameters: TrainingParameters) -> None:
    """Seed TensorFlow, and make it deterministic if asked to."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import tensorflow as tf

    # Layers that get a number for a name must get the same one whatever ran before.
    keras.backend.clear_session()
    keras.utils.set_random_seed(parameters.seed)
    if parameters.deterministic:
        tf.config.experimental.enable_op_determinism()


def compile_network(network: keras.Model, parameters: TrainingParameters, rows: int) -> None:
    """Give the network its loss and optimizer.

    Args:
        network: the network.
        parameters: learning rate and schedule.
        rows: training rows; the cosine schedule reaches zero at the end of the last epoch.
    """
    import keras

    rate: Any = parameters.learning_rate
    if parameters.learning_rate_schedule == "cosine":
        steps = math.ceil(rows / parameters.batch_size) * parameters.epochs
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    # XLA would compile anew for every length of batch, and rules out cuDNN's LSTM.
    network.compile(optimizer=keras.optimizers.Adam(rate), loss="mae", jit_compile=False)
    network.optimizer.build(network.trainable_variables)


def reseed_dropout(network: keras.Model, seed: int, epoch: int) -> None:
    """Make the dropout of an epoch depend on seed and epoch alone, however training got there."""
    for number, variable in enumerate(network.non_trainable_variables):
        if variable.name == SEED_VARIABLE:
            state = hashlib.sha256(f"{seed}:{epoch}:{number}".encode()).digest()
            variable.assign(np.frombuffer(state[:8], np.uint32))


Side = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Token numbers (rows, length), 0 pads on the right, and points (rows,) of a side of the split."""


def fit_epoch(
    network: keras.Model, train: Side, validation: Side, parameters: TrainingParameters, epoch: int
) -> tuple[float, float]:
    """Train for one epoch; everything random in it derives from the seed and the epoch.

    Returns:
        Training loss and validation MAE, in points.

    Raises:
        TrainingError: one of the two is not a finite number.
    """
    from tasks.modelling.batches import (
        count_tokens,
        make_dataset,
        order_by_length,
        order_for_epoch,
    )

    reseed_dropout(network, parameters.seed, epoch)
    order = order_for_epoch(count_tokens(train[0]), parameters.batch_size, parameters.seed, epoch)
    fitted = network.fit(make_dataset(*train, order), shuffle=False, verbose=0)
    loss = float(fitted.history["loss"][0])
    choosing = order_by_length(count_tokens(validation[0]), PREDICTION_BATCH_SIZE)
    mae = float(network.evaluate(make_dataset(*validation, choosing), verbose=0))
    if not math.isfinite(loss + mae):
        raise TrainingError(
            f"the training diverged in epoch {epoch + 1} (loss {loss}, validation MAE {mae}):"
            " try a smaller --training.learning-rate"
        )
    return loss, mae


def fit_network(
    network: keras.Model,
    train: Side,
    validation: Side,
    parameters: TrainingParameters,
    workspace: Workspace,
) -> Progress:
    """Train epoch by epoch, from wherever an earlier run was stopped, and keep the best weights.

    Args:
        network: compiled here; holds the best epoch's weights afterwards.
        train: what it learns from.
        validation: what chooses the best epoch.
        parameters: how to train.
        workspace: whose `resume` folder keeps the state of finished epochs.

    Raises:
        TrainingError: the training diverged.
    """
    from tasks.modelling.progress import Progress

    logger = get_run_logger()
    shapes = [f"{len(points)} x {tokens.shape[1]}" for tokens, points in (train, validation)]
    logger.info("training on %s: %s tokens, validating on %s", parameters.device, *shapes)
    compile_network(network, parameters, len(train[1]))
    progress = Progress(network, workspace.resume)
    if progress.history:
        logger.info("training goes on after epoch %d", len(progress.history))
    patience = parameters.early_stopping_patience_epochs or parameters.epochs
    while len(progress.history) < parameters.epochs and progress.epochs_without_gain < patience:
        epoch, started = len(progress.history), time.monotonic()
        loss, mae = fit_epoch(network, train, validation, parameters, epoch)
        progress.note_epoch(loss, mae, time.monotonic() - started)
        each = progress.seconds / (epoch + 1)
        logger.info(
            "epoch %d/%d: loss %.3f, validation MAE %.3f points; %.0f s each, at most %.0f s left",
            *(epoch + 1, parameters.epochs, loss, mae),
            *(each, each * (parameters.epochs - epoch - 1)),
        )
    progress.take_best()
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
    splits: Artifact,
    vocabulary: Artifact,
    vectorizer_parameters: VectorizerParameters,
    network_parameters: NetworkParameters,
    parameters: TrainingParameters,
) -> Output:
    """Train the network; save the best epoch's weights behind the vectorizer as `model.keras`."""
    prepare_tensorflow(parameters)
    from tasks.modelling.network import build_network, join_text, make_vectorizer

    tokens = workspace.read_json(vocabulary, "vocabulary.json")
    vectorizer = make_vectorizer(vectorizer_parameters, tokens)
    sides = {}
    for side in ("train", "validation"):
        table = workspace.read_table(splits, f"{side}.parquet")
        texts = np.array(table["description"].to_pylist(), dtype=object)
        parts = [vectorizer(texts[i : i + 4096]).numpy() for i in range(0, len(texts), 4096)]
        points = table["points"].to_numpy().astype(np.float32)
        sides[side] = (np.concatenate(parts).astype(np.int32), points)
    start_points = float(np.median(sides["train"][1]))
    shape = (network_parameters, len(tokens) + 2, start_points, parameters.seed)
    trained = build_network(*shape)
    progress = fit_network(trained, sides["train"], sides["validation"], parameters, workspace)
    # A network that was never compiled leaves the optimizer's state out of the file.
    network = build_network(*shape)
    network.set_weights(trained.get_weights())
    model = join_text(vectorizer, network)
    model.save(workspace.output / MODEL)
    workspace.write_json(progress.history, "history.json")
    facts = {
        "parameters": network.count_params(),
        "best_epoch": progress.best_epoch + 1,
        "validation_mae": progress.history[progress.best_epoch]["validation_mae"],
        "epochs": len(progress.history),
        "epochs_seconds": round(progress.seconds, 3),
    }
    digest = digest_json([digest_model(model, tokens), progress.history])
    return Output(facts=facts, digest=digest)
