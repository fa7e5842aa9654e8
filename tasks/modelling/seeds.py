"""Seeds for everything in a network that begins or is dropped at random."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import initializers


class Seeds:
    """Gives each initializer and dropout a seed of its own, derived from one.

    Without it Keras would draw seeds from Python's own random numbers, of which any thread of the
    process takes some too.
    """

    def __init__(self, seed: int) -> None:
        """Begin at `seed`."""
        self._sequence = np.random.SeedSequence(seed)

    def draw(self) -> int:
        """Return the next seed."""
        return int(self._sequence.spawn(1)[0].generate_state(1)[0])

    def uniform(self) -> dict[str, Any]:
        """Return arguments for a layer whose kernel starts as Keras' does, from the next seed."""
        return {"kernel_initializer": initializers.GlorotUniform(seed=self.draw())}
