"""Calls of stages and actions that look up only: a dry run, and a run that recalls."""

from __future__ import annotations

import os

import pytest

from tasks.engine.run import PENDING, NotStoredError, Outcome, Run
from tasks.engine.stages import action
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store
from tests.tasks.engine.test_stage_calls import (
    Worked,
    make_stage,
    no_engine,  # noqa: F401 - a fixture
    publish,
    refuse,
)


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, "reviews.csv")


def test_a_dry_run_looks_up_and_works_not(run: Run) -> None:
    worked: Worked = []
    reviews, split = publish(run.store, "reviews"), make_stage(worked)
    plan = Run(run.store, "reviews.csv", planning=True)
    draft = split(plan, reviews)
    assert (draft.stage, draft.digest) == ("split", PENDING)
    assert plan.outcomes["split"] == Outcome(
        "WouldRun", 0.0, "its output is not in the store", draft
    )
    assert worked == []
    made = split(run, reviews)
    assert draft.address == made.address
    assert split(plan, reviews) == made
    assert plan.outcomes["split"] == Outcome("Cached", 0.0, f"found {made.path}", made)
    unknown = split(plan, reviews.model_copy(update={"digest": PENDING}))
    assert (unknown.address, unknown.digest) == (PENDING, PENDING)


def test_a_dry_run_plans_an_action_as_it_is_told(run: Run) -> None:
    plan, reviews = Run(run.store, "", planning=True), publish(run.store, "reviews")

    def fetch(run: Run, name: str, size: int) -> tuple[Artifact, bool]:
        raise AssertionError("a dry run works not")

    pending = Artifact(stage="fetch", address=PENDING, digest=PENDING)
    for planned in (pending, reviews):

        def plan_fetch(run: Run, name: str, size: int, planned: Artifact = planned) -> Artifact:
            assert (run, name, size) == (plan, "a", 3)
            return planned

        assert action("fetch", plan_fetch)(fetch)(plan, "a", size=3) == planned
        stored = ("Cached", 0.0, f"found {reviews.path}", reviews)
        waiting = ("WouldRun", 0.0, "it runs every time", pending)
        assert plan.outcomes["fetch"] == (stored if planned is reviews else waiting)


def test_a_run_that_recalls_answers_what_is_stored_and_ends_where_it_would_work(run: Run) -> None:
    worked: Worked = []
    reviews, split = publish(run.store, "reviews"), make_stage(worked)
    recalling = Run(run.store, "reviews.csv", recalling=True)
    with pytest.raises(NotStoredError, match="split"):
        split(recalling, reviews)
    assert recalling.outcomes == {}
    made = split(run, reviews)
    manifest = run.store.root / made.path / "manifest.json"
    os.utime(manifest, (1, 1))
    assert split(recalling, reviews) == made
    assert recalling.outcomes == {"split": Outcome("Cached", 0.0, f"found {made.path}", made)}
    assert manifest.stat().st_mtime > 1
    assert len(worked) == 1
    fetch = action("fetch", lambda *_: reviews.model_copy(update={"files": {}}))(refuse)
    with pytest.raises(NotStoredError, match="fetch"):
        fetch(recalling)
    with pytest.raises(NotStoredError):
        split(Run(run.store, "", {"split"}, recalling=True), reviews)
