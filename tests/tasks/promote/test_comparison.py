"""Which checks are made of a candidate, and what its success is called."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tasks.champions.champion import ChampionRegistry
from tasks.champions.checks import Check
from tasks.champions.comparison import Comparison, _deny_unloadable_champion, describe_success
from tasks.champions.copies import KNOWN
from tasks.configuration.errors import StoreError
from tasks.engine.run import Run
from tasks.modelling.texts import DIGESTS
from tasks.promote import promote_candidate
from tests.champions import event
from tests.numbered_candidates import DATASET, PARAMETERS, candidate, decide, side


def checks_of(run: Run) -> dict[str, bool]:
    checks = ChampionRegistry(run.store).history()[-1].checks
    return {check["name"]: check["passed"] for check in checks}


def test_a_candidate_is_asked_for_all_in_turn(run: Run) -> None:
    decide(run, "first", 2.0)
    gate = {"is tested on enough reviews": True, "beats ridge regression": True}
    assert checks_of(run) == gate | {"reproduces": True}
    decide(run, "better", 1.5)
    assert checks_of(run) == gate | {
        "is better than the champion": True,
        "makes no slice worse": True,
        "reproduces": True,
    }


def test_what_a_failed_check_makes_needless_is_not_asked(run: Run) -> None:
    few = (side(range(100)), side(range(100, 150)), side(range(150, 160)))
    decide(run, "worse", 2.5, data="few", sides=few)
    assert checks_of(run) == {"is tested on enough reviews": False}
    decide(run, "first", 2.0)
    decide(run, "better", 1.5, contract="2.0.0")
    assert checks_of(run) == {
        "is tested on enough reviews": True,
        "beats ridge regression": True,
        "has the champion's data contract": False,
    }


def test_the_champion_knows_the_texts_of_training_and_validation_each_once(run: Run) -> None:
    sides = (side(range(100)), side(range(90, 150)), side(range(150, 400)))
    decide(run, "first", 2.0, sides=sides)
    registry = ChampionRegistry(run.store)
    champion = registry.current()
    assert champion
    known = pq.read_table(registry.path_of(champion, KNOWN))[DIGESTS].to_pylist()
    assert len(known) == 150
    assert set(known) == set(side(range(150))[DIGESTS].to_pylist())


@pytest.mark.parametrize("name", ["MemoryError", "ResourceExhaustedError", "PermissionError"])
def test_what_keeps_the_champion_from_being_asked_decides_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    errors = {
        "MemoryError": MemoryError(),
        "ResourceExhaustedError": sys.modules["tensorflow"].errors.ResourceExhaustedError(),
        "PermissionError": PermissionError(errno.EACCES, "Permission denied", "model.keras"),
    }

    def refuse(*_: object) -> None:
        raise errors[name]

    decide(run, "first", 2.0)
    candidate(run, "better", 1.5)
    monkeypatch.setattr(sys.modules["tasks.modelling.serving"], "Predictor", refuse)
    with pytest.raises(StoreError, match="nothing was decided") as caught:
        decide(run, "better", 1.5)
    assert ("not enough memory for the champion's model" in str(caught.value)) == (
        name != "PermissionError"
    )
    assert ("model.keras: this user has no permission" in str(caught.value)) == (
        name == "PermissionError"
    )
    assert len(ChampionRegistry(run.store).history()) == 1


def test_estimates_that_are_too_low_are_errors_too(run: Run) -> None:
    decide(run, "first", 2.0)
    assert decide(run, "worse", -2.5)[0] == "KeptChampion"
    assert decide(run, "better", -1.5)[0] == "Promoted"


def test_a_store_that_cannot_be_read_is_told_as_such(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(run, "first", 2.0)
    read_table = pq.read_table

    def refuse(path: Path, **options: Any) -> Any:
        if Path(path).name == KNOWN:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read_table(path, **options)

    monkeypatch.setattr(pq, "read_table", refuse)
    with pytest.raises(StoreError, match="choose another folder with --store"):
        decide(run, "better", 1.5)


def test_the_first_line_of_an_error_says_why_a_champion_is_silent() -> None:
    model = Path("no-model.keras")
    check = _deny_unloadable_champion(model, ValueError("  Unknown layer\nin many lines"))
    assert check.detail.endswith("cannot be loaded: Unknown layer")
    assert not check.passed
    assert _deny_unloadable_champion(model, KeyError()).detail.endswith(": KeyError")
    assert _deny_unloadable_champion(model, ValueError("x" * 400)).detail.endswith(": " + "x" * 300)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (None, "passes the gate, and the champion knows no real reviews"),
        (0.001, "beats the champion"),
        (0.0, "is hardly worse than the champion, on newer data"),
        (-0.001, "is hardly worse than the champion, on newer data"),
    ],
)
def test_a_success_is_called_what_it_is(figures: float | None, said: str) -> None:
    def passed(**figures: Any) -> Check:
        return Check(name="a", denial="b", passed=True, detail="", figures=figures)

    checks = [passed(), passed(gain_lower_limit=9.0)]
    if figures is not None:
        checks.append(passed(newer_data=True, gain_lower_limit=figures))
    comparison = Comparison(None, None, None, DATASET, {}, [event(1, "a" * 16)])
    assert describe_success(comparison, checks) == said
    assert (
        describe_success(comparison._replace(events=[]), checks) == "is the first to pass the gate"
    )


def test_a_slice_is_large_by_all_its_test_rows_and_judged_by_those_that_count(run: Run) -> None:
    decide(run, "first", 2.0)
    # 120 of the 250 test rows count no more.
    sides = (side(range(150, 270)), side(range(100, 150)), side(range(150, 400)))
    parameters = PARAMETERS.model_copy(update={"slice_rows_min": 250, "slices": ("description",)})
    inputs = candidate(run, "better", 1.5, data="new", sides=sides)
    promote_candidate.__wrapped__(run, **inputs, dataset=DATASET, parameters=parameters)
    checks = {check["name"]: check for check in ChampionRegistry(run.store).history()[-1].checks}
    (judged,) = checks["makes no slice worse"]["figures"]["slices"]
    assert judged["rows"] == 130
