"""The search: seeded, resumable by asking again, and never the same training twice."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import (
    NetworkParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.configuration.presets import settle
from tasks.trials.results import choose_best
from tasks.trials.search import Search
from tasks.trials.search_space import SPACE

pytestmark = pytest.mark.slow


def result(values: dict[str, Any], limits: list[float | None]) -> dict[str, Any]:
    """A made-up training: better with more dropout, and stopped by its limits."""
    if values["training.learning_rate"] > 5e-3:
        return {"state": "diverged", "maes": [], "validation_mae": None}
    least = 2 - values["network.pooled_dropout"] - values["network.word_dropout"]
    maes = [least + 0.1 * left for left in range(values["training.epochs"], 0, -1)]
    for epoch, limit in enumerate(limits, start=1):
        if limit is not None and min(maes[:epoch]) > limit:
            return {"state": "pruned", "maes": maes[:epoch], "validation_mae": min(maes[:epoch])}
    return {"state": "complete", "maes": maes, "validation_mae": min(maes)}


def search(trials: int, seed: int = 0) -> Search:
    found = Search(settle("notebook", {}), {}, seed)
    for _ in range(trials):
        planned = found.plan()
        found.note(planned, result(planned.values, planned.limits), 1.0)
    return found


def test_the_same_answers_lead_to_the_same_questions() -> None:
    one, again = search(20), search(20)
    assert one.trials == again.trials
    assert {t.state for t in one.trials} == {"complete", "pruned", "diverged"}
    assert search(20, seed=1).trials != one.trials


def test_more_trials_continue_fewer() -> None:
    assert search(20).trials[:12] == search(12).trials


def test_the_first_trial_is_the_preset_and_the_best_is_no_worse() -> None:
    trials = search(20).trials
    assert trials[0].values["network.lstm_units"] == settle("notebook", {}).network.lstm_units
    best = choose_best(trials)
    assert best
    complete = [t.validation_mae for t in trials if t.state == "complete"]
    assert best.validation_mae == min(complete) < trials[0].validation_mae


def test_only_a_complete_trial_can_be_the_best() -> None:
    complete, other = search(2).trials
    lower = other.model_copy(update={"state": "pruned", "validation_mae": 0.0})
    assert choose_best([complete, lower]) == complete
    assert choose_best([lower]) is None
    assert choose_best([complete, complete.model_copy(update={"number": 2})]) == complete


def only(*free: str) -> dict[str, Any]:
    """Settings that a person set: all but these."""
    models = {
        "vectorizer": VectorizerParameters,
        "network": NetworkParameters,
        "training": TrainingParameters,
    }
    return {
        stage: model(
            **{
                name.split(".")[1]: values[0]
                for name, values in SPACE.items()
                if name.startswith(f"{stage}.") and name not in free
            }
        )
        for stage, model in models.items()
    }


def test_the_same_settings_are_trained_once() -> None:
    fixed = only("network.bidirectional")
    found = Search(settle("notebook", fixed), fixed, 0)
    for _ in range(8):
        planned = found.plan()
        if planned.repeats:
            assert planned.repeats.values == planned.values
            found.note(planned, planned.repeats.model_dump(), 0.0)
        else:
            done = {"state": "complete", "maes": [1.0], "validation_mae": 1.0}
            found.note(planned, done, 1.0)
    trained = [trial for trial in found.trials if trial.repeats is None]
    assert len({str(trial.values) for trial in trained}) == len(trained) <= 2


def test_where_options_set_everything_there_is_nothing_to_tune() -> None:
    fixed = only()
    with pytest.raises(UsageError, match="there is nothing to tune"):
        Search(settle("notebook", fixed), fixed, 0)


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def refuse(name: str, *arguments: Any) -> Any:
        if name == "optuna":
            raise ImportError(f"No module named {name}", name=name)
        return known(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(UsageError, match="install the extra `tune`") as refused:
        Search(settle("notebook", {}), {}, 0)
    assert "(optuna)" in str(refused.value)
