"""Seeds for the initial weights and dropouts of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import initializers


class Seeds:
    """Derives a seed for each initializer and dropout from a single seed.

    Keras would draw missing seeds from Python's `random`, which other threads use too.
    """

    def __init__(self, seed: int) -> None:
        """Derive seeds from `seed`."""
        self._sequence = np.random.SeedSequence(seed)

    def draw(self) -> int:
        """Return the next seed."""
        return int(self._sequence.spawn(1)[0].generate_state(1)[0])

    def uniform(self) -> dict[str, Any]:
        """Return the argument for a layer with Keras' default initializer and the next seed."""
        return {"kernel_initializer": initializers.GlorotUniform(seed=self.draw())}
