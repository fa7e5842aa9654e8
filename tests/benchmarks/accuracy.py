"""Train the presets, and `full` with a part taken away, on real reviews; print a table of MAEs.

    python -m tests.benchmarks.accuracy reviews.csv.gz --seeds 5

Variants are compared on validation; the test set is looked at for baselines and presets alone.
With a store that is kept (--store) a second call finds what is done. One training of `full` takes
some minutes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from tests.commands import last_object
from tests.store_contents import output_with

VARIANTS: dict[str, tuple[str, ...]] = {
    "notebook": ("--preset=notebook",),
    "full": ("--preset=full",),
    "full by position": ("--preset=full", "--split.strategy=positional"),
    "full without the LSTM": ("--preset=full", "--network.lstm-units=0"),
    "full without the wide part": ("--preset=full", "--network.bigram-buckets=0"),
    "full by absolute error": ("--preset=full", "--no-network.log-scale"),
    "full from random vectors": ("--preset=full", "--network.embedding-start=random"),
    "full without word dropout": ("--preset=full", "--network.word-dropout=0"),
    "full without signs": ("--preset=full", "--vectorizer.punctuation=strip"),
}
PRESETS = ("notebook", "full", "full by position")
CLASS_EDGES_POINTS = (85, 90, 95)
"""Classes 80-84, 85-89, 90-94 and 95-100, which published models of these reviews tell apart."""


def train(source: str, store: Path, seed: int, options: tuple[str, ...]) -> dict[str, Any]:
    """Retrain by the command, and read the figures of the training and the test set back."""
    words = [f"--source={source}", f"--store={store}", f"--training.seed={seed}", "--json"]
    command = [sys.executable, "-m", "flows.retraining", *words, *options]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    answer = last_object(ended.stdout)
    if ended.returncode:
        raise SystemExit(answer.get("error", "the run failed"))
    record = json.loads(max((store / "runs").glob("*.json")).read_bytes())
    (evaluated,) = [path for path in record["outputs"] if path.startswith("evaluate/")]
    (predicted,) = (store / evaluated).glob("*/predictions.parquet")
    predictions = pq.read_table(predicted).to_pandas()
    unseen = predictions[~predictions["seen"]]
    right = classify(unseen["predicted"]) == classify(unseen["actual"])
    return {**answer, **output_with(answer["model"]).facts, "class_accuracy": float(right.mean())}


def classify(points: Any) -> Any:
    return np.digitize(np.rint(points), CLASS_EDGES_POINTS)


def show(name: str, runs: list[dict[str, Any]]) -> str:
    """Format the figures of a variant, one run per seed."""

    def spread(key: str, digits: int = 4) -> str:
        values = [run[key] for run in runs]
        deviation = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
        return f"{np.mean(values):.{digits}f}{deviation}"

    test = ("test_mae", "test_mae_unseen", "class_accuracy") if name in PRESETS else ()
    cells = [name, str(len(runs)), spread("epochs_seconds", 0), spread("validation_mae")]
    return " | ".join([*cells, *map(spread, test), *["–"] * (3 - len(test))])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--only", action="append", choices=VARIANTS, help="again for more than one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = asked.store or Path(folder) / "store"
        lines = []
        for name in asked.only or VARIANTS:
            options = VARIANTS[name]
            runs = [train(asked.source, store, seed, options) for seed in range(asked.seeds)]
            lines.append(show(name, runs))
            print(lines[-1], flush=True)
    print("\n| model | seeds | seconds | validation MAE | test MAE | unseen | classes unseen |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for baseline, scores in runs[0]["baselines"].items():
        print(f"| {baseline} | – | – | – | {scores['test_mae']:.4f} |", end="")
        print(f" {scores['test_mae_unseen']:.4f} | – |")
    for line in lines:
        print(f"| {line} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
