"""The network and all that is measured on it."""

from __future__ import annotations

import os

# Keras reads these when it is imported. A keras.json with its own number type or backend, or a
# limit on the steps of an epoch, would change what a stage computes, and no cache key has it.
os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": os.devnull}
for _limit in ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
    os.environ.pop(_limit, None)
