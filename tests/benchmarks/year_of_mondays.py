"""A year of weekly retrainings on growing deliveries: does the champion learn from what is new?

    python -m tests.benchmarks.year_of_mondays reviews.csv.gz --seeds 3

Each delivery goes through `retraining/weekly` on a real Prefect server with a real worker. Prints,
per week, new rows, verdict, cached stages, seconds, test MAE, and the champion's MAE on 5,000
reviews that are in no delivery; at the end, how sure the fall of that last column is. Copies the
page of metrics over runs of each year to --output.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tasks.modelling.statistics import lower_limit
from tests.mondays import Delivered, Monday, make_year, read_reviews, run_year, were_right
from tests.served_deployments import Served, serving

HEADER = (
    "week",
    "kind",
    "rows",
    "new",
    "verdict",
    "cached",
    "s",
    "test MAE",
    "champion",
    "held-out MAE",
)


def serve_deliveries(served: Served, source: Path, **parameters: Any) -> Callable[[], Delivered]:
    """Return what retrains on the file of the day by the deployment."""

    def deliver() -> Delivered:
        run = served.watch("retraining/weekly", source=str(source), **parameters)
        assert run.state
        cached = [name for name, state in served.tasks_of(run).items() if state == "Cached"]
        seconds = run.total_run_time.total_seconds()
        return Delivered(run.state.name or "", run.state.message or "", cached, seconds)

    return deliver


def show_year(mondays: Iterable[Monday], held_out: pd.DataFrame) -> None:
    """Print a line for each week as it ends, the reasons, and how sure the fall of the MAE is."""
    print(f"| {' | '.join(HEADER)} |\n|{' --- |' * len(HEADER)}", flush=True)
    ended: list[Monday] = []
    accepted = 0
    for monday in mondays:
        ended.append(monday)
        kind, rows, run, test_mae, champion, _ = monday
        cells = [
            str(len(ended)),
            kind,
            f"{rows:,}",
            f"{rows - accepted:+,}",
            run.verdict,
            ", ".join(run.cached) or "–",
            f"{run.seconds:.0f}",
            "–" if test_mae is None else f"{test_mae:.4f}",
            (champion or "–")[:8],
            f"{monday.held_out_mae:.4f}",
        ]
        print(f"| {' | '.join(cells)} |", flush=True)
        accepted = accepted if run.verdict == "DataRejected" else rows
    for week, monday in enumerate(ended, 1):
        print(f"  {week}: {monday.run.reason}")
    first = next(monday for monday in ended if monday.champion)
    _show_fall("The champion's MAE", first.errors - ended[-1].errors)
    # What the correction of labels changed is no gain by new rows.
    right = were_right(held_out)
    _show_fall("On the countries without mistakes it", (first.errors - ended[-1].errors)[right])


def _show_fall(what: str, falls: np.ndarray) -> None:
    sure = lower_limit(falls, 0.95, 2_000, 0)
    print(
        f"{what} falls by {falls.mean():.4f} points, with 95% confidence at least {sure:.4f}.",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--weeks", type=int, default=12, help="growing deliveries after the first")
    parser.add_argument("--first-rows", type=int, default=30_000)
    parser.add_argument("--held-out", type=int, default=5_000)
    parser.add_argument("--preset", default="full")
    parser.add_argument("--epochs", type=int, help="fewer make it faster")
    parser.add_argument("--output", type=Path, default=Path())
    asked = parser.parse_args()
    reviews = read_reviews(asked.source)
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        year = make_year(reviews, asked.first_rows, asked.weeks, asked.held_out, seed)
        training = {"seed": seed} | ({"epochs": asked.epochs} if asked.epochs else {})
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served:
            source = served.elsewhere / "reviews.csv"
            deliver = serve_deliveries(
                served, source, preset=asked.preset, training=json.dumps(training)
            )
            print(f"\n## Seed {seed}\n")
            show_year(run_year(year, source, served.store, deliver), year.held_out)
            asked.output.mkdir(parents=True, exist_ok=True)
            shutil.copy(served.store / "runs/metrics.html", asked.output / f"metrics-{seed}.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
