"""What training minimizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from tasks.configuration.parameters import NetworkParameters

AUXILIARY_WEIGHT = 0.2
"""Of all auxiliary targets against the points; chosen on validation MAE."""
CLASS_WEIGHT = 0.3
"""Of a class against a price; chosen with it."""

Loss = Callable[[Any, Any], Any]


def choose_loss(parameters: NetworkParameters, auxiliary_targets: tuple[int, ...] = ()) -> Loss:
    """Return the loss that fits the network's outputs.

    Args:
        parameters: with `log_scale` the points count by their likelihood, else by absolute error.
        auxiliary_targets: how many outputs predict each auxiliary target.

    Returns:
        A function of float32 targets (batch, 1 + auxiliary targets), the points first, and of the
        network's outputs, that gives float32 (batch,).
    """

    def loss(targets: Any, outputs: Any) -> Any:
        targets = ops.cast(targets, "float32")
        points = targets[:, 0]
        if parameters.log_scale:
            total, start = logistic_loss(points, outputs[:, :2]), 2
        else:
            total, start = ops.abs(points - outputs[:, 0]), 1
        for column, size in enumerate(auxiliary_targets, start=1):
            said = outputs[:, start : start + size]
            total = total + AUXILIARY_WEIGHT * _auxiliary_loss(targets[:, column], said, size)
            start += size
        return total

    return loss


def _auxiliary_loss(target: Any, said: Any, size: int) -> Any:
    """Absolute error of a price, weighted cross-entropy of a class; 0 where it is unknown."""
    if size == 1:
        known = ops.logical_not(ops.isnan(target))
        return ops.where(known, ops.abs(said[:, 0] - ops.where(known, target, 0.0)), 0.0)
    numbers = ops.cast(ops.maximum(target, 0), "int32")
    surprise = ops.sparse_categorical_crossentropy(numbers, said, from_logits=True)
    return CLASS_WEIGHT * ops.where(target >= 0, surprise, 0.0)


def logistic_loss(points: Any, predicted: Any) -> Any:
    """Negative log-likelihood of whole points under a logistic distribution cut into steps of 1.

    With location m and spread s, P(y) = sigmoid((y + 0.5 - m) / s) - sigmoid((y - 0.5 - m) / s)
    (Salimans et al. 2017, PixelCNN++, section 2.1, without its edges), computed as logarithms so
    that nothing underflows. Its median is m, rounded: what has the smallest absolute error.

    Args:
        points: float32 (batch,), whole.
        predicted: (batch, 2), m and log(s).

    Returns:
        float32 (batch,), in nats.
    """
    location, log_scale = predicted[:, 0], ops.clip(predicted[:, 1], -4.0, 4.0)
    inverse = ops.exp(-log_scale)
    above, below = (points + 0.5 - location) * inverse, (points - 0.5 - location) * inverse
    # log(sigmoid(a) - sigmoid(b)) = a + log(1 - exp(b - a)) - softplus(a) - softplus(b)
    mass = above + ops.log(-ops.expm1(-inverse)) - ops.softplus(above) - ops.softplus(below)
    return -mass
