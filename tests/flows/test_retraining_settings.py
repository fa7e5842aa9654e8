from __future__ import annotations

from pathlib import Path

import pytest

from flows.retraining import CURVE_CONDITION, _draw_curve, retrain
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import (
    LearningCurveParameters,
    PromotionParameters,
    TrainingParameters,
)
from tasks.configuration.settings import Settings
from tasks.engine.run import PENDING, Run
from tasks.split import Sides
from tasks.storage.artifacts import Artifact, FileRecord
from tasks.storage.store import Store

CPU = {"training": TrainingParameters(device="cpu")}


def test_slices_that_the_contract_does_not_have_are_refused_before_any_stage(store: Store) -> None:
    asked = {"promotion": PromotionParameters(slices=("altitude",))}
    run = Run(store, "demo")
    with pytest.raises(UsageError, match="no slices by altitude, only by country"):
        retrain(run, "demo", "last", "demo", asked)
    assert run.outcomes == {}
    assert not (Path(store.root) / "fetch").exists()


def test_a_dry_run_lists_the_learning_curve_with_its_condition(store: Store) -> None:
    run = Run(store, "demo", planning=True)
    retrain(run, "demo", "last", "demo", CPU)
    planned = run.outcomes["learning_curve"]
    assert planned[:3] == ("WouldRun", 0.0, CURVE_CONDITION)
    assert list(run.outcomes)[-3:] == ["promote", "learning_curve", "report"]
    assert run.outcomes["report"].state == "WouldRun"


def test_a_dry_run_lists_no_learning_curve_that_is_not_wanted(store: Store) -> None:
    run = Run(store, "demo", planning=True)
    curve = {"learning_curve": LearningCurveParameters(fractions=())}
    retrain(run, "demo", "last", "demo", CPU | curve)
    assert "learning_curve" not in run.outcomes


@pytest.mark.parametrize(("not_beaten", "listed"), [("median", False), ("ridge", True)])
def test_where_the_decision_is_stored_it_is_known_whether_the_learning_curve_runs(
    store: Store, not_beaten: str, listed: bool
) -> None:
    run, settings = Run(store, "demo", planning=True), Settings()
    files = {"decision.json": FileRecord(size_bytes=1, sha256="0" * 64)}
    pending = Artifact(stage="train", address=PENDING, digest=PENDING)
    facts = {"not_beaten": [not_beaten]}
    decision = Artifact(stage="promote", address="1", digest="1", files=files, facts=facts)
    sides = Sides(pending, pending, pending)
    _draw_curve(run, sides, pending, decision, settings, settings.training)
    assert ("learning_curve" in run.outcomes) == listed
    assert all(planned.reason != CURVE_CONDITION for planned in run.outcomes.values())
