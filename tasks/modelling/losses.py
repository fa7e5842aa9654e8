"""The training loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from tasks.configuration.parameters import NetworkParameters

AUXILIARY_WEIGHT = 0.2
"""Weight of the auxiliary targets relative to the target; chosen by validation MAE."""
CLASS_WEIGHT = 0.3
"""Weight of a class relative to a number; chosen by validation MAE."""

Loss = Callable[[Any, Any], Any]


def choose_loss(
    parameters: NetworkParameters, step: float | None, auxiliary_targets: tuple[int, ...] = ()
) -> Loss:
    """Return the loss for the network's outputs.

    Args:
        parameters: the loss of the target is the negative log-likelihood with `log_scale`, else the
            absolute error.
        step: of the target on the network's scale; None without a step.
        auxiliary_targets: number of outputs of each auxiliary target.

    Returns:
        A function from float32 targets (batch, 1 + auxiliary targets), the target first, and the
        network's outputs to the loss, float32 (batch,).
    """

    def loss(targets: Any, outputs: Any) -> Any:
        targets = ops.cast(targets, "float32")
        target = targets[:, 0]
        if parameters.log_scale:
            total, start = logistic_loss(target, outputs[:, :2], step), 2
        else:
            total, start = ops.abs(target - outputs[:, 0]), 1
        for column, size in enumerate(auxiliary_targets, start=1):
            predicted = outputs[:, start : start + size]
            total = total + AUXILIARY_WEIGHT * _auxiliary_loss(targets[:, column], predicted, size)
            start += size
        return total

    return loss


def _auxiliary_loss(target: Any, predicted: Any, size: int) -> Any:
    """Return the absolute error of a number, the cross-entropy of a class, or 0 if missing."""
    if size == 1:
        known = ops.logical_not(ops.isnan(target))
        return ops.where(known, ops.abs(predicted[:, 0] - ops.where(known, target, 0.0)), 0.0)
    numbers = ops.cast(ops.maximum(target, 0), "int32")
    entropy = ops.sparse_categorical_crossentropy(numbers, predicted, from_logits=True)
    return CLASS_WEIGHT * ops.where(target >= 0, entropy, 0.0)


def logistic_loss(target: Any, predicted: Any, step: float | None) -> Any:
    """Return the negative log-likelihood of targets under a logistic distribution.

    With location m and scale s, a target y with a step has the probability
    P(y) = sigmoid((y + step/2 - m) / s) - sigmoid((y - step/2 - m) / s) (Salimans et al. 2017,
    PixelCNN++, section 2.1, without the edge cases), computed in logarithms against underflow.
    Without a step it has the density exp(-z) / (s (1 + exp(-z))^2) with z = (y - m) / s. The
    median, m rounded to the step, has the smallest expected absolute error.

    Args:
        target: float32 (batch,), on the network's scale.
        predicted: (batch, 2), m and log(s).
        step: of the target, on the network's scale.

    Returns:
        float32 (batch,), in nats.
    """
    location, log_scale = predicted[:, 0], ops.clip(predicted[:, 1], -4.0, 4.0)
    inverse = ops.exp(-log_scale)
    if step is None:
        distance = (target - location) * inverse
        return log_scale + distance + 2 * ops.softplus(-distance)
    half = step / 2
    above, below = (target + half - location) * inverse, (target - half - location) * inverse
    # log(sigmoid(a) - sigmoid(b)) = a + log(1 - exp(b - a)) - softplus(a) - softplus(b)
    mass = above + ops.log(-ops.expm1(-step * inverse)) - ops.softplus(above) - ops.softplus(below)
    return -mass
