"""The commands as the tests use them: on few reviews and with a tiny network."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from flows import data_quality as quality_flow
from flows import retraining as retraining_flow
from flows import scoring as scoring_flow
from flows import tuning as tuning_flow
from flows.command_line import run_command
from tests.forked import Forked

ROOT = Path(__file__).parents[1]

FEW = ("--fetch.demo-rows=400",)

SMALL_NETWORK = (
    "--vectorizer.vocabulary-size=120",
    "--network.embedding-units=4",
    "--network.lstm-units=3",
    "--training.epochs=2",
    "--training.deterministic",
    "--training.device=cpu",
)

SMALL = (
    *FEW,
    *SMALL_NETWORK,
    "--evaluation.bootstrap-samples=100",
    "--promotion.bootstrap-samples=100",
)

STAGES = (
    *("fetch", "ingest", "validate", "split", "vectorize", "train", "baselines", "evaluate"),
    *("promote", "report"),
)
"""In the order in which a retraining without a champion calls them."""


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    answer: dict[str, Any]
    errors: str

    @property
    def states(self) -> dict[str, str]:
        return {name: stage["state"] for name, stage in self.answer["stages"].items()}

    @property
    def worked(self) -> set[str]:
        """Stages after the fetch that did not find their work done."""
        return {n for n, s in self.states.items() if s != "Cached"} - {"fetch"}


def copy_project(root: Path) -> Path:
    """Copy what a run needs of the project, for a test that changes its code."""
    for folder in ("flows", "tasks", "data_contracts"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("prefect.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    return root


def last_object(output: str) -> dict[str, Any]:
    lines = output.strip().splitlines()
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found


def retrain(capfd: pytest.CaptureFixture[str], store: Path, *arguments: str) -> Ended:
    """Run the retraining command in this process."""
    words = [f"--store={store}", "--json", *SMALL, *arguments]
    return run(capfd, run_command, retraining_flow.retraining, retraining_flow.plan, words)


def tune(capfd: pytest.CaptureFixture[str], store: Path, *arguments: str) -> Ended:
    """Run the tuning command in this process."""
    words = [f"--store={store}", "--json", *FEW, *SMALL_NETWORK, *arguments]
    return run(capfd, tuning_flow.main, words)


def check_data(capfd: pytest.CaptureFixture[str], store: Path, *arguments: str) -> Ended:
    """Run the data quality command in this process."""
    words = [f"--store={store}", "--json", *FEW, *arguments]
    return run(capfd, run_command, quality_flow.data_quality, quality_flow.plan, words)


def score(capfd: pytest.CaptureFixture[str], store: Path, *arguments: str) -> Ended:
    """Run the scoring command in this process."""
    words = [f"--store={store}", "--json", *FEW, *arguments]
    return run(capfd, scoring_flow.main, words)


def run(capfd: pytest.CaptureFixture[str], command: Callable[..., int], *arguments: Any) -> Ended:
    """Run a command in this process."""
    capfd.readouterr()
    for handler in logging.getLogger().handlers:
        # Prefect keeps the stream that it was set up with, which is another test's.
        if console := getattr(handler, "console", None):
            console.file = sys.stderr
    code = command(*arguments)
    said = capfd.readouterr()
    return Ended(code, last_object(said.out), said.err)


def start_retraining(store: Path, *arguments: str, root: Path = ROOT, **options: Any) -> Forked:
    """Start the retraining command in a process of its own, in the project at `root`."""
    words = [f"--store={store}", "--json", *SMALL, *arguments]
    return start("flows.retraining", words, root, **options)


def start_tuning(store: Path, *arguments: str, **options: Any) -> Forked:
    """Start the tuning command in a process of its own."""
    words = [f"--store={store}", "--json", *FEW, *SMALL_NETWORK, *arguments]
    return start("flows.tuning", words, **options)


def start_check(store: Path, *arguments: str) -> Forked:
    """Start the data quality command in a process of its own."""
    return start("flows.data_quality", [f"--store={store}", "--json", *arguments])


def start_scoring(store: Path, *arguments: str) -> Forked:
    """Start the scoring command in a process of its own."""
    return start("flows.scoring", [f"--store={store}", "--json", *arguments])


def start(
    module: str,
    words: list[str],
    root: Path = ROOT,
    env: Mapping[str, str | None] | None = None,
    start_new_session: bool = False,
) -> Forked:
    """Start a command in a process of its own; in `env`, None removes a variable."""
    changes = {"PYTHONPATH": str(root)} | dict(env or {})
    environment = {k: v for k, v in (os.environ | changes).items() if v is not None}
    return Forked(module, words, root, environment, start_new_session)


def finish(process: Forked) -> Ended:
    out, err = process.communicate(timeout=300)
    return Ended(process.returncode, last_object(out), err)
