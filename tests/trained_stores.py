"""Stores that the retraining has filled once, for the tests of all processes of one test run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import finish, start_retraining

GOOD = (
    "--fetch.demo-rows=3000",
    "--network.embedding-units=32",
    "--network.lstm-units=16",
    "--training.epochs=8",
    "--training.learning-rate=1e-2",
)
"""Enough of a network to beat ridge."""

WEAKER = (*GOOD, "--training.epochs=4")


def make_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Let the first process that asks make a folder; others wait for it."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            part = folder.with_suffix(".part")
            make(part)
            part.rename(folder)
    return folder


def train_small(store: Path) -> None:
    """Retrain once, on few reviews."""
    ended = finish(start_retraining(store))
    assert ended.code == 0, ended.errors


def train_champion(store: Path) -> None:
    """Promote a candidate, and keep it against a weaker one."""
    for options, verdict in ((GOOD, "Promoted"), (WEAKER, "KeptChampion")):
        ended = finish(start_retraining(store, *options))
        assert ended.answer["verdict"] == verdict, ended.errors
