"""Time epochs of `full` as the pipeline trains it, and as Keras does without further thought.

    python -m tests.benchmarks.epoch_seconds reviews.csv.gz --pairs 3

The same network (without auxiliary targets), rows and batch size on both sides, in turns. The
straightforward way pads every review to 100 tokens and gives `fit` the arrays.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras
import numpy as np
import pandas as pd
import pyarrow as pa

from data_contracts.contract import load_contract
from tasks.configuration.presets import PRESETS
from tasks.modelling.batches import make_dataset, order_for_epoch
from tasks.modelling.fitting import Side, compile_network
from tasks.modelling.losses import choose_loss
from tasks.modelling.network import build_network
from tasks.modelling.network_training import vectorize_reviews
from tasks.modelling.output_scale import OutputScale
from tasks.modelling.vectorizer import adapt_vocabulary, make_vectorizer
from tests.stored_tables import store_table

FULL = PRESETS["full"]
DATASET = load_contract().dataset
PADDED_TOKENS = 100


def read_training_rows(source: str, folder: Path) -> Side:
    """Read the rows that `full` trains on, as token numbers and points."""
    columns = ["description", "points"]
    reviews = pd.read_csv(source, usecols=columns, nrows=FULL.split.train_end_row)
    table = store_table(folder, pa.Table.from_pandas(reviews))
    vocabulary = adapt_vocabulary(table.texts("description"), FULL.vectorizer)
    vectorizer = make_vectorizer(FULL.vectorizer, vocabulary)
    return vectorize_reviews(vectorizer, table, DATASET, folder / "tokens")


def build(side: Side) -> keras.Model:
    tokens, points = side
    network = build_network(FULL.network, int(tokens.values.max()) + 1)
    loss = choose_loss(FULL.network, OutputScale.of(points, DATASET.target).step)
    compile_network(network, loss, FULL.training, len(points))
    return network


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(asked: argparse.Namespace, side: Side) -> None:
    """Train in pairs, and print the seconds of each epoch."""
    tokens, points = side
    targets = OutputScale.of(points, DATASET.target).encode(points)[:, None]
    batch_size, lengths = FULL.training.batch_size, tokens.lengths
    ours, theirs = build(side), build(side)
    padded = tokens.pad(np.arange(len(points)))[:, :PADDED_TOKENS]

    def train_ours(epoch: int, rows: int = len(points)) -> None:
        order = order_for_epoch(lengths[:rows], batch_size, 0, epoch)
        ours.fit(make_dataset(tokens, targets, order), shuffle=False, verbose=0)

    def train_theirs(rows: int = len(points)) -> None:
        theirs.fit(padded[:rows], targets[:rows], batch_size=batch_size, verbose=0)

    # TensorFlow traces the first steps of both.
    train_ours(0, 2 * batch_size)
    train_theirs(2 * batch_size)
    pairs = []
    for epoch in range(asked.pairs):
        pair = seconds_of(lambda epoch=epoch: train_ours(epoch)), seconds_of(train_theirs)
        print(f"epoch {epoch + 1}: ours {pair[0]:.1f} s, padded {pair[1]:.1f} s", flush=True)
        pairs.append(pair)
    ratios = [theirs / ours for ours, theirs in pairs]
    middle = statistics.median(ratios)
    print(f"times faster: median {middle:.2f}, {min(ratios):.2f} to {max(ratios):.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("--pairs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(asked, read_training_rows(asked.source, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
