"""What training minimizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from tasks.parameters import NetworkParameters


def choose_loss(parameters: NetworkParameters) -> str | Callable[[Any, Any], Any]:
    """Return the loss that fits the network's output: the likelihood, or the absolute error."""
    return logistic_loss if parameters.spread else "mae"


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
    points = ops.reshape(ops.cast(points, "float32"), (-1,))
    location, log_spread = predicted[:, 0], ops.clip(predicted[:, 1], -4.0, 4.0)
    inverse = ops.exp(-log_spread)
    above, below = (points + 0.5 - location) * inverse, (points - 0.5 - location) * inverse
    # log(sigmoid(a) - sigmoid(b)) = a + log(1 - exp(b - a)) - softplus(a) - softplus(b)
    mass = above + ops.log(-ops.expm1(-inverse)) - ops.softplus(above) - ops.softplus(below)
    return -mass
