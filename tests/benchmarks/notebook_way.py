"""Train the notebook's network its own way, one review a step, and beside it as the pipeline does.

    python -m tests.benchmarks.notebook_way reviews.csv.gz

Both train on the same rows, from the same vocabulary, in this one run; prints test MAE and seconds
of training. The notebook's way takes many minutes.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pyarrow.parquet as pq
import tensorflow as tf
from sklearn.metrics import mean_absolute_error

from tasks.configuration.presets import PRESETS
from tasks.modelling.vectorizer import make_vectorizer
from tests.commands import finish, start_retraining
from tests.store_contents import only_output

SETTINGS = PRESETS["notebook"]


def prepare(source: str, store: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Run the pipeline once, and read its splits, vocabulary and figures back.

    Returns:
        By side token numbers and points, the pipeline's answer, and its training's manifest.
    """
    ended = finish(
        start_retraining(
            store,
            f"--source={source}",
            "--preset=notebook",
            "--vectorizer.vocabulary-size=10000",
            "--network.embedding-units=300",
            "--network.lstm-units=32",
            "--training.epochs=3",
            "--no-training.deterministic",
        )
    )
    if ended.code:
        raise SystemExit(ended.errors)
    (vocabulary,) = store.glob("vectorize/*/*/vocabulary.json")
    vectorizer = make_vectorizer(SETTINGS.vectorizer, json.loads(vocabulary.read_bytes()))
    sides = {}
    for side in ("train", "validation", "test"):
        (path,) = store.glob(f"split/*/*/{side}.parquet")
        table = pq.read_table(path)
        texts = np.array(table["description"].to_pylist(), dtype=object)
        sides[side] = (np.asarray(vectorizer(texts)), table["points"].to_numpy())
    return sides, ended.answer, only_output(store, "train").model_dump()


def train_unbatched(sides: dict[str, Any], folder: Path) -> tuple[float, float]:
    """Train as the notebook does: sets that are never batched, bias from 0, best checkpoint.

    Returns:
        Test MAE in points and seconds of training.
    """
    network = keras.Sequential(
        [
            keras.Input((100,)),
            keras.layers.Embedding(10_000, 300, mask_zero=True),
            keras.layers.LSTM(32),
            keras.layers.Dense(1),
        ]
    )
    network.compile(optimizer="adam", loss="mae")
    sets = {
        name: tf.data.Dataset.from_tensor_slices((tokens[:, None], points[:, None]))
        for name, (tokens, points) in sides.items()
    }
    best = keras.callbacks.ModelCheckpoint(folder / "best.keras", save_best_only=True)
    started = time.monotonic()
    network.fit(
        sets["train"], validation_data=sets["validation"], epochs=3, callbacks=[best], verbose=2
    )
    seconds = time.monotonic() - started
    loaded = keras.saving.load_model(folder / "best.keras")
    predicted = loaded.predict(sides["test"][0], batch_size=512, verbose=0)
    return float(mean_absolute_error(sides["test"][1], predicted)), seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    asked = parser.parse_args()
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        sides, answer, manifest = prepare(asked.source, Path(folder) / "store")
        ours, our_seconds = answer["test_mae"], manifest["facts"]["epochs_seconds"]
        print(f"as the pipeline does: test MAE {ours:.3f} points, {our_seconds:.1f} s of training")
        keras.utils.set_random_seed(0)
        theirs, their_seconds = train_unbatched(sides, Path(folder))
    print(
        f"the notebook's own way: test MAE {theirs:.3f} points, {their_seconds:.1f} s of training"
    )
    times = their_seconds / our_seconds
    print(f"the notebook's MAE {theirs - ours:+.3f} points, its seconds {times:.1f} times ours")
    return 0


if __name__ == "__main__":
    sys.exit(main())
