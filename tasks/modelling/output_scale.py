"""The scale on which the network learns: every target has the same standard deviation on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_contracts.dataset import Target
from tasks.modelling.rounding import round_to_step

DEVIATION = 3.0
"""Standard deviation of the targets on the network's scale. The learning rates of the presets were
chosen for targets with this spread."""


class OutputScale(NamedTuple):
    """Converts between the target and the network's output.

    Attributes:
        target: its step.
        center: the training median, which the network puts out before training.
        unit: one unit of the network's output, in units of the target.
    """

    target: Target
    center: float
    unit: float

    @classmethod
    def of(cls, values: NDArray[np.float32], target: Target) -> OutputScale:
        """Measure the scale on the targets of the training set, (rows,)."""
        deviation = float(values.std())
        return cls(target, float(np.median(values)), deviation / DEVIATION if deviation else 1.0)

    @property
    def step(self) -> float | None:
        """The step of the target on the network's scale; None without a step."""
        return None if self.target.step is None else self.target.step / self.unit

    def encode(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return targets on the network's scale."""
        encoded: NDArray[np.float32] = (values - self.center) / self.unit
        return encoded

    def decode(self, outputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return predictions from the network's outputs, rounded to the target's step."""
        return round_to_step(outputs * self.unit + self.center, self.target)
