"""The network and all that is measured on it."""

from __future__ import annotations

import os

# What Keras reads when it is imported: a keras.json of the user, with its own number type or
# backend, would change what a stage computes, and no cache key knows of it.
os.environ |= {"KERAS_BACKEND": "tensorflow", "KERAS_HOME": os.devnull}
