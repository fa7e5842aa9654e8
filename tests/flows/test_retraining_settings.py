from __future__ import annotations

from pathlib import Path

import pytest

from flows.retraining import retrain
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import PromotionParameters
from tasks.engine.run import Run
from tasks.storage.store import Store


def test_slices_that_the_contract_does_not_have_are_refused_before_any_stage(store: Store) -> None:
    asked = {"promotion": PromotionParameters(slices=("altitude",))}
    run = Run(store, "demo")
    with pytest.raises(UsageError, match="no slices by altitude, only by country"):
        retrain(run, "demo", "last", "demo", asked)
    assert run.outcomes == {}
    assert not (Path(store.root) / "fetch").exists()
