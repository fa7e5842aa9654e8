"""The training loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from tasks.configuration.parameters import NetworkParameters

AUXILIARY_WEIGHT = 0.2
"""Weight of the auxiliary targets relative to the points; chosen by validation MAE."""
CLASS_WEIGHT = 0.3
"""Weight of a class relative to the price; chosen by validation MAE."""

Loss = Callable[[Any, Any], Any]


def choose_loss(parameters: NetworkParameters, auxiliary_targets: tuple[int, ...] = ()) -> Loss:
    """Return the loss for the network's outputs.

    Args:
        parameters: the loss of the points is the negative log-likelihood with `log_scale`, else the
            absolute error.
        auxiliary_targets: number of outputs of each auxiliary target.

    Returns:
        A function from float32 targets (batch, 1 + auxiliary targets), the points first, and the
        network's outputs to the loss, float32 (batch,).
    """

    def loss(targets: Any, outputs: Any) -> Any:
        targets = ops.cast(targets, "float32")
        points = targets[:, 0]
        if parameters.log_scale:
            total, start = logistic_loss(points, outputs[:, :2]), 2
        else:
            total, start = ops.abs(points - outputs[:, 0]), 1
        for column, size in enumerate(auxiliary_targets, start=1):
            predicted = outputs[:, start : start + size]
            total = total + AUXILIARY_WEIGHT * _auxiliary_loss(targets[:, column], predicted, size)
            start += size
        return total

    return loss


def _auxiliary_loss(target: Any, predicted: Any, size: int) -> Any:
    """Return the absolute error of a price, the cross-entropy of a class, or 0 if missing."""
    if size == 1:
        known = ops.logical_not(ops.isnan(target))
        return ops.where(known, ops.abs(predicted[:, 0] - ops.where(known, target, 0.0)), 0.0)
    numbers = ops.cast(ops.maximum(target, 0), "int32")
    entropy = ops.sparse_categorical_crossentropy(numbers, predicted, from_logits=True)
    return CLASS_WEIGHT * ops.where(target >= 0, entropy, 0.0)


def logistic_loss(points: Any, predicted: Any) -> Any:
    """Return the negative log-likelihood of whole points under a discretized logistic distribution.

    With location m and scale s, P(y) = sigmoid((y + 0.5 - m) / s) - sigmoid((y - 0.5 - m) / s)
    (Salimans et al. 2017, PixelCNN++, section 2.1, without the edge cases), computed in logarithms
    against underflow. The median, m rounded, has the smallest expected absolute error.

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
