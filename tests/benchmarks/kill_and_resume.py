"""Kill a retraining run at random instants, run it again, and compare with an undisturbed run.

    python -m tests.benchmarks.kill_and_resume --kills 10

Prints a line per kill: the instant, the stages that were found done, the epoch that training went
on after, and whether weights and predictions are those of the undisturbed run.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.commands import Ended, finish, start_retraining
from tests.prefect_server import running_server
from tests.store_contents import only_output

OPTIONS = (
    "--fetch.demo-rows=1500",
    "--network.embedding-units=16",
    "--network.embedding-dropout=0.2",
    "--network.lstm-units=16",
    "--training.early-stopping-patience-epochs=10",
)


class Trial(NamedTuple):
    """What a killed and repeated run came to."""

    killed_seconds: float
    found: list[str]
    resumed_after: int
    same: bool
    seconds: float


def results_of(store: Path) -> tuple[str, bytes]:
    """Read the digest of the trained model and the bytes of its predictions."""
    (predictions,) = store.glob("evaluate/*/*/predictions.parquet")
    return only_output(store, "train").digest, predictions.read_bytes()


def run_to_end(store: Path, epochs: int) -> tuple[Ended, float]:
    started = time.monotonic()
    ended = finish(start_retraining(store, *OPTIONS, f"--training.epochs={epochs}"))
    if ended.code:
        raise SystemExit(f"the run failed:\n{ended.errors}")
    return ended, time.monotonic() - started


def _stage(manifest: Path) -> str:
    return manifest.parent.parent.name


def kill_and_repeat(
    store: Path, epochs: int, after_seconds: float, expected: tuple[str, bytes]
) -> Trial:
    """Run, kill after so many seconds, run again to the end."""
    process = start_retraining(
        store, *OPTIONS, f"--training.epochs={epochs}", start_new_session=True
    )
    time.sleep(after_seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    written = {path: path.read_bytes() for path in store.glob("[!.]*/*/manifest.json")}
    ended, seconds = run_to_end(store, epochs)
    found = [name for name, state in ended.states.items() if state == "Cached"]
    resumed = re.search(r"training continues after epoch (\d+)", ended.errors)
    # The units of a stage have no state of their own: a manifest that is written again tells.
    again = {path for path, manifest in written.items() if path.read_bytes() != manifest}
    again |= {path for path in written if ended.states.get(_stage(path), "Cached") != "Cached"}
    lost = {_stage(path) for path in again} - {"fetch", "promote"}
    if lost:
        raise SystemExit(f"finished stages ran again: {sorted(lost)}")
    same = results_of(store) == expected
    return Trial(after_seconds, found, int(resumed[1]) if resumed else 0, same, seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(2**31) if asked.seed is None else asked.seed
    instants = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "prefect"
        home.mkdir()
        with running_server(home) as server:
            url = server.url
            os.environ["PREFECT_API_URL"] = url
            _, seconds = run_to_end(Path(folder) / "undisturbed", asked.epochs)
            expected = results_of(Path(folder) / "undisturbed")
            print(f"undisturbed run: {seconds:.1f} s; seed of the instants: {seed}")
            same = 0
            for number in range(asked.kills):
                store = Path(folder) / f"killed-{number}"
                trial = kill_and_repeat(store, asked.epochs, instants.uniform(1, seconds), expected)
                same += trial.same
                print(
                    f"killed after {trial.killed_seconds:5.1f} s: then {trial.seconds:5.1f} s;"
                    f" found done: {', '.join(trial.found) or 'nothing'};"
                    f" training went on after epoch {trial.resumed_after};"
                    f" weights and predictions {'equal' if trial.same else 'DIFFER'}",
                    flush=True,
                )
    print(f"{same} of {asked.kills} equal the undisturbed run")
    return 0 if same == asked.kills else 1


if __name__ == "__main__":
    sys.exit(main())
