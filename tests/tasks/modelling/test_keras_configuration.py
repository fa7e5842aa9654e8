"""Keras computes alike for everybody, whatever a person has set for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT

pytestmark = pytest.mark.heavy

CODE = """
import tasks.modelling.network, keras
print(keras.config.backend(), keras.config.floatx(), keras.config.epsilon())
print(keras.config.image_data_format())
print(keras.config.max_epochs(), keras.config.max_steps_per_epoch())
"""


LIMITS = {"KERAS_MAX_EPOCHS": "1", "KERAS_MAX_STEPS_PER_EPOCH": "1"}


def test_the_keras_json_of_a_person_is_not_read(tmp_path: Path) -> None:
    own = {"backend": "jax", "floatx": "float16", "epsilon": 0.1}
    own["image_data_format"] = "channels_first"
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(own))
    changes = {"HOME": str(tmp_path), "KERAS_HOME": str(tmp_path / ".keras")}
    ended = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env=os.environ | changes | LIMITS | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert ended.stdout == "tensorflow float32 1e-07\nchannels_last\nNone None\n", ended.stderr
