"""The network: its inputs, training, predictions and statistics."""

from __future__ import annotations

import os

# Keras reads these when it is imported. A user's keras.json or limits of epochs and steps would
# change the results, and do not enter cache keys.
os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": os.devnull}
for _limit in ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH"):
    os.environ.pop(_limit, None)
