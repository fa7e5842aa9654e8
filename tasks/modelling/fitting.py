"""The training loop, which continues after the last epoch of a killed run."""

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
from tasks.modelling.batches import make_dataset, order_by_length, order_for_epoch
from tasks.modelling.early_stopping import Limits, is_behind
from tasks.modelling.losses import Loss
from tasks.modelling.output_scale import OutputScale
from tasks.modelling.progress import Progress
from tasks.modelling.progress_bar import ProgressBar
from tasks.modelling.token_file import Tokens

PREDICTION_BATCH_SIZE = 512
SEED_VARIABLE = "seed_generator_state"
"""Name of the state variables of `keras.random.SeedGenerator`, which dropout uses."""
WARMUP_START = 0.1
"""Initial learning rate of a warm-up, as a share of the largest."""

Side = tuple[Tokens, NDArray[np.float32]]
"""Token numbers and targets of a side of the split, (rows,). The training set has (rows, 1 +
auxiliary targets) on the network's scale instead, the target first."""


def compile_network(
    network: keras.Model,
    loss: Loss,
    parameters: TrainingParameters,
    rows: int,
) -> None:
    """Compile the network with its loss and optimizer.

    Args:
        network: the network.
        loss: from `choose_loss`.
        parameters: learning rate and schedule.
        rows: number of training rows. The cosine schedule reaches 0 at the end of the last epoch.
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
    # XLA would recompile for each length of batch, and cannot use cuDNN's LSTM.
    network.compile(keras.optimizers.Adam(rate), loss=loss, jit_compile=False)
    network.optimizer.build(network.trainable_variables)


def reseed_dropout(network: keras.Model, seed: int, epoch: int) -> None:
    """Reseed dropout from seed and epoch, so that resumed and uninterrupted training agree."""
    for number, variable in enumerate(network.non_trainable_variables):
        if variable.name == SEED_VARIABLE:
            state = hashlib.sha256(f"{seed}:{epoch}:{number}".encode()).digest()
            variable.assign(np.frombuffer(state[:8], np.uint32))


def measure_mae(network: keras.Model, side: Side, scale: OutputScale) -> float:
    """Measure the MAE of the network's predictions, rounded to the target's step."""
    tokens, targets = side
    order = order_by_length(tokens.lengths, PREDICTION_BATCH_SIZE)
    outputs = network.predict(make_dataset(tokens, targets, order), verbose=0)[:, 0]
    return float(np.abs(scale.decode(outputs) - targets[np.concatenate(order)]).mean())


def fit_epoch(
    network: keras.Model,
    train: Side,
    validation: Side,
    scale: OutputScale,
    parameters: TrainingParameters,
    epoch: int,
) -> tuple[float, float]:
    """Train for one epoch; seed and epoch alone determine all random numbers.

    Returns:
        The training loss, and the validation MAE.

    Raises:
        TrainingError: one of them is not finite.
    """
    reseed_dropout(network, parameters.seed, epoch)
    order = order_for_epoch(train[0].lengths, parameters.batch_size, parameters.seed, epoch)
    fitted = network.fit(make_dataset(*train, order), shuffle=False, verbose=0)
    loss, mae = float(fitted.history["loss"][0]), measure_mae(network, validation, scale)
    if not math.isfinite(loss + mae):
        raise TrainingError(
            f"the training diverged in epoch {epoch + 1} (loss {loss}, validation MAE {mae}):"
            " try a smaller --training.learning-rate"
        )
    return loss, mae


def fit_network(
    progress: Progress,
    train: Side,
    validation: Side,
    scale: OutputScale,
    parameters: TrainingParameters,
    limits: Limits = (),
) -> None:
    """Train a compiled network epoch by epoch, and restore the weights of the best epoch.

    Args:
        progress: the state of the training, with the network.
        train: the training set.
        validation: the validation set, whose MAE decides on the best epoch.
        scale: of the network's output.
        parameters: how to train.
        limits: by which a training that falls behind is stopped.

    Raises:
        TrainingError: the training diverged.
    """
    logger = get_run_logger()
    if progress.history:
        logger.info("training continues after epoch %d", len(progress.history))
    bar = ProgressBar(parameters.epochs)
    bar.show(len(progress.history))
    patience = parameters.early_stopping_patience_epochs or parameters.epochs
    while len(progress.history) < parameters.epochs and progress.epochs_without_gain < patience:
        if is_behind(progress.history, limits):
            logger.info("the training stops: it is behind the median of the others")
            break
        check_interrupt()
        epoch, started = len(progress.history), time.monotonic()
        loss, mae = fit_epoch(progress.network, train, validation, scale, parameters, epoch)
        progress.note_epoch(loss, mae, time.monotonic() - started)
        each = progress.seconds / (epoch + 1)
        logger.info(
            "epoch %d/%d: loss %.3f, validation MAE %s; %.0f s each, at most %.0f s left",
            *(epoch + 1, parameters.epochs, loss, scale.target.format_error(mae)),
            *(each, each * (parameters.epochs - epoch - 1)),
        )
        bar.show(epoch + 1)
    progress.restore_best()
