"""All parts of the network of `full`, through the command, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Ended, finish, start_retraining
from tests.store_contents import output_with

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prefect_server")]

ALL_PARTS = (
    "--vectorizer.punctuation=keep",
    "--network.embedding-start=neighbours",
    "--network.embedding-dropout=0.3",
    "--network.word-dropout=0.15",
    "--network.bidirectional",
    "--network.pooling=mean_max",
    "--network.pooled-dropout=0.3",
    "--network.bigram-buckets=499",
    "--network.log-scale",
    "--network.auxiliary-targets",
    "--training.warmup-fraction=0.05",
)


def train(store: Path, *arguments: str) -> Ended:
    ended = finish(start_retraining(store, *ALL_PARTS, *arguments))
    assert ended.code == 0, ended.errors
    return ended


def digest_of(ended: Ended) -> str:
    return output_with(ended.answer["model"]).digest


def test_deterministic_training_gives_the_same_weights_in_fresh_processes(tmp_path: Path) -> None:
    one, other = (train(tmp_path / name) for name in ("one", "other"))
    assert digest_of(one) == digest_of(other)
    another = train(tmp_path / "one", "--training.seed=1")
    assert digest_of(another) != digest_of(one)


def test_a_network_trained_in_half_precision_is_saved_in_float32(tmp_path: Path) -> None:
    ended = train(tmp_path / "store", "--training.precision=mixed_float16")
    script = (
        "import sys, keras, tasks.modelling.standardization\n"
        "model = keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
        "layers = list(model._flatten_layers(include_self=False))\n"
        "print(sorted({layer.dtype_policy.name for layer in layers}))\n"
        "print(sorted({str(weight.dtype) for weight in model.trainable_variables}))\n"
    )
    words = [sys.executable, "-c", script, ended.answer["model"]]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    policies, dtypes = said.strip().splitlines()
    assert "float16" not in policies
    assert dtypes == "['float32']"
    assert output_with(ended.answer["model"]).facts["precision"] == "mixed_float16"
