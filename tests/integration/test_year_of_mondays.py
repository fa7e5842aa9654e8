"""A year of weekly retrainings in small: the champion learns from what is new.

On a real server and on real reviews: tests/benchmarks/year_of_mondays.py.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tasks.sources.demo_reviews import write_demo_csv
from tests.commands import retrain
from tests.mondays import (
    CORRECTED,
    DAMAGED,
    GROWING,
    SHORTER,
    UNCHANGED,
    Delivered,
    Monday,
    make_year,
    read_reviews,
    run_year,
    were_right,
)

pytestmark = pytest.mark.slow

OPTIONS = (
    "--vectorizer.vocabulary-size=1000",
    "--network.embedding-units=64",
    "--network.lstm-units=32",
    "--training.epochs=6",
    "--training.batch-size=32",
)
"""Enough of a network, in so few steps, to be surely better than ridge."""


class Ended(NamedTuple):
    """A year, and which of the reviews held out never had a wrong label elsewhere."""

    mondays: list[Monday]
    right: np.ndarray


@pytest.fixture
def ended(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Ended:
    everything, source, store = (tmp_path / name for name in ("all.csv", "reviews.csv", "store"))
    write_demo_csv(everything, 6_500, seed=0)
    year = make_year(
        read_reviews(everything), first_rows=3_500, growing_weeks=2, held_out_texts=300, seed=0
    )

    def deliver() -> Delivered:
        answer = retrain(capfd, store, f"--source={source}", *OPTIONS).answer
        cached = [name for name, told in answer["stages"].items() if told["state"] == "Cached"]
        return Delivered(answer["verdict"], answer["reason"], cached, 0.0)

    mondays = list(run_year(year, source, store, deliver))
    return Ended(mondays, were_right(year.held_out))


def test_the_champion_learns_over_the_year_and_changes_when_it_should_alone(
    ended: Ended,
) -> None:
    mondays = ended.mondays
    verdicts = [(monday.kind, monday.run.verdict) for monday in mondays]
    assert mondays[0].run.verdict == "Promoted"
    expected = {
        DAMAGED: {"DataRejected"},
        SHORTER: {"DataRejected"},
        UNCHANGED: {"Unchanged"},
        GROWING: {"Promoted", "KeptChampion"},
        CORRECTED: {"Promoted", "KeptChampion"},
    }
    assert all(verdict in expected[kind] for kind, verdict in verdicts), verdicts
    for before, after in itertools.pairwise(mondays):
        # The champion is another one after a promotion, and after nothing else.
        assert (after.champion != before.champion) == (after.run.verdict == "Promoted")
    by_kind = {monday.kind: monday for monday in mondays}
    assert "At least 50 % as many rows" in by_kind[SHORTER].run.reason
    assert {"split", "vectorize", "train", "baselines", "evaluate", "promote", "report"} <= set(
        by_kind[UNCHANGED].run.cached
    )
    # Each growing delivery was trained on.
    assert all("train" not in m.run.cached for m in mondays if m.kind in (GROWING, CORRECTED))
    # What the correction of labels changed is no gain by new rows.
    maes = [monday.errors[ended.right].mean() for monday in mondays]
    assert maes[-1] < maes[0], maes
