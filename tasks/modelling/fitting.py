"""Fitting: epochs over batches, from wherever an earlier run was stopped."""

from __future__ import annotations

import hashlib
import math
import time
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from prefect import get_run_logger

from tasks.configuration.errors import TrainingError
from tasks.configuration.parameters import TrainingParameters
from tasks.engine.interrupts import check_interrupt
from tasks.modelling.batches import count_tokens, make_dataset, order_by_length, order_for_epoch
from tasks.modelling.losses import Loss
from tasks.modelling.points import round_points
from tasks.modelling.progress import Progress
from tasks.modelling.progress_bar import ProgressBar

PREDICTION_BATCH_SIZE = 512
SEED_VARIABLE = "seed_generator_state"
"""Name that Keras gives the variables from which dropout draws (keras.random.SeedGenerator)."""
WARMUP_START = 0.1
"""Share of the largest step size at which a warm-up begins."""

Side = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Of a side of the split token numbers (rows, length), 0 pads on the right, and points (rows,);
for training targets (rows, 1 + auxiliary targets), the points first."""


def compile_network(
    network: keras.Model,
    loss: Loss,
    parameters: TrainingParameters,
    rows: int,
) -> None:
    """Give the network its loss and optimizer.

    Args:
        network: the network.
        loss: that of `choose_loss`.
        parameters: learning rate and schedule.
        rows: training rows; the cosine schedule reaches zero at the end of the last epoch.
    """
    rate: Any = parameters.learning_rate
    if parameters.learning_rate_schedule == "cosine":
        steps = math.ceil(rows / parameters.batch_size) * parameters.epochs
        warmup = round(steps * parameters.warmup_fraction)
        decay = keras.optimizers.schedules.CosineDecay
        rate = (
            decay(rate * WARMUP_START, steps - warmup, warmup_target=rate, warmup_steps=warmup)
            if warmup
            else decay(rate, steps)
        )
    # XLA would compile anew for every length of batch, and rules out cuDNN's LSTM.
    network.compile(keras.optimizers.Adam(rate), loss=loss, jit_compile=False)
    network.optimizer.build(network.trainable_variables)


def reseed_dropout(network: keras.Model, seed: int, epoch: int) -> None:
    """Make the dropout of an epoch depend on seed and epoch alone, however training got there."""
    for number, variable in enumerate(network.non_trainable_variables):
        if variable.name == SEED_VARIABLE:
            state = hashlib.sha256(f"{seed}:{epoch}:{number}".encode()).digest()
            variable.assign(np.frombuffer(state[:8], np.uint32))


def measure_mae(network: keras.Model, side: Side) -> float:
    """Measure the MAE, in points, of the whole points that the network predicts."""
    tokens, points = side
    order = order_by_length(count_tokens(tokens), PREDICTION_BATCH_SIZE)
    predicted = network.predict(make_dataset(tokens, points, order), verbose=0)[:, 0]
    return float(np.abs(round_points(predicted) - points[np.concatenate(order)]).mean())


def fit_epoch(
    network: keras.Model, train: Side, validation: Side, parameters: TrainingParameters, epoch: int
) -> tuple[float, float]:
    """Train for one epoch; everything random in it derives from the seed and the epoch.

    Returns:
        Training loss, and validation MAE in points.

    Raises:
        TrainingError: one of the two is not a finite number.
    """
    reseed_dropout(network, parameters.seed, epoch)
    order = order_for_epoch(count_tokens(train[0]), parameters.batch_size, parameters.seed, epoch)
    fitted = network.fit(make_dataset(*train, order), shuffle=False, verbose=0)
    loss, mae = float(fitted.history["loss"][0]), measure_mae(network, validation)
    if not math.isfinite(loss + mae):
        raise TrainingError(
            f"the training diverged in epoch {epoch + 1} (loss {loss}, validation MAE {mae}):"
            " try a smaller --training.learning-rate"
        )
    return loss, mae


def fit_network(
    progress: Progress, train: Side, validation: Side, parameters: TrainingParameters
) -> None:
    """Train a compiled network epoch by epoch and keep the best weights.

    Args:
        progress: where training stands; its network holds the best epoch's weights afterwards.
        train: what it learns from.
        validation: what chooses the best epoch, by its points.
        parameters: how to train.

    Raises:
        TrainingError: the training diverged.
    """
    logger = get_run_logger()
    if progress.history:
        logger.info("training goes on after epoch %d", len(progress.history))
    bar = ProgressBar(parameters.epochs)
    bar.show(len(progress.history))
    patience = parameters.early_stopping_patience_epochs or parameters.epochs
    while len(progress.history) < parameters.epochs and progress.epochs_without_gain < patience:
        check_interrupt()
        epoch, started = len(progress.history), time.monotonic()
        loss, mae = fit_epoch(progress.network, train, validation, parameters, epoch)
        progress.note_epoch(loss, mae, time.monotonic() - started)
        each = progress.seconds / (epoch + 1)
        logger.info(
            "epoch %d/%d: loss %.3f, validation MAE %.3f points; %.0f s each, at most %.0f s left",
            *(epoch + 1, parameters.epochs, loss, mae),
            *(each, each * (parameters.epochs - epoch - 1)),
        )
        bar.show(epoch + 1)
    progress.take_best()
