"""Who is let through, and who is kept off.

A number stands for a model here; tests/integration/test_promotion.py has real ones.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.champions.champion import ChampionRegistry
from tasks.champions.manual_promotion import promote_by_hand, roll_back
from tasks.engine.run import Run
from tasks.modelling.model_file import MODEL
from tasks.promote import promote_candidate
from tests.numbered_candidates import (
    DATASET,
    PARAMETERS,
    RIDGE_ERROR_POINTS,
    SPOILT,
    candidate,
    champion_of,
    decide,
    side,
    version,
)


def test_the_champion_is_not_compared_with_itself(run: Run) -> None:
    decide(run, "first", 2.0)
    other = PARAMETERS.model_copy(update={"seed": 1})
    inputs = candidate(run, "first", 2.0)
    decision, _ = promote_candidate.__wrapped__(run, **inputs, dataset=DATASET, parameters=other)
    assert decision.facts["verdict"] == "KeptChampion"
    assert "is the champion itself" in decision.facts["reason"]


def test_made_up_reviews_never_dethrone_a_champion_of_real_ones(run: Run) -> None:
    decide(run, "real", 2.5)
    demo = Run(run.store, "demo")
    assert decide(demo, "demo", 0.5) == ("KeptChampion", False)
    assert champion_of(run) == version("real")


def test_real_reviews_replace_a_champion_of_made_up_ones_at_the_gate(run: Run) -> None:
    demo = Run(run.store, "demo")
    assert decide(demo, "demo", 0.5) == ("Promoted", False)
    assert decide(run, "loses to ridge", 3.5) == ("KeptChampion", False)
    assert decide(run, "real", 2.5) == ("Promoted", False)
    reason = ChampionRegistry(run.store).history()[-1].reason
    assert reason == "The candidate passes the gate, and the champion knows no real reviews."
    assert champion_of(run) == version("real")


def reason_of(run: Run) -> str:
    return ChampionRegistry(run.store).history()[-1].reason


def test_rows_that_the_candidate_has_trained_on_do_not_count(run: Run) -> None:
    decide(run, "first", 2.0)
    sides = (side(range(150, 390)), side(range(390, 395)), side(range(150, 400)))
    assert decide(run, "better", 0.1, data="new", sides=sides) == ("KeptChampion", False)
    assert "5 test rows that it has not seen" in reason_of(run)


@pytest.mark.parametrize("known", ["trained", "chosen"])
def test_rows_that_the_champion_has_trained_on_or_was_chosen_by_do_not_count(
    run: Run, known: str
) -> None:
    many, one = side(range(150, 395)), side(range(395, 396))
    theirs = (many, one) if known == "trained" else (one, many)
    sides = (*theirs, side(range(150)))
    assert decide(run, "first", 2.0, data="old", sides=sides) == ("Promoted", False)
    assert decide(run, "better", 0.1, data="new") == ("KeptChampion", False)
    assert "only 4 test rows that neither has seen" in reason_of(run)


def test_copies_of_a_text_are_no_evidence_of_their_own(run: Run) -> None:
    decide(run, "first", 2.0)
    copies = pa.concat_tables([side(range(150, 151))] * 250)
    sides = (side(range(100)), side(range(100, 150)), copies)
    assert decide(run, "better", 0.1, data="new", sides=sides) == ("KeptChampion", False)
    assert "only 1 test rows" in reason_of(run)


def test_a_first_candidate_that_few_reviews_speak_for_is_not_promoted(run: Run) -> None:
    copies = pa.concat_tables([side(range(150, 160))] * 25)
    sides = (side(range(100)), side(range(100, 150)), copies)
    assert decide(run, "better", 0.1, data="new", sides=sides) == ("NotPromoted", False)
    assert "10 test rows that it has not seen; 100 are needed" in reason_of(run)
    # What it would have blocked comes through.
    assert decide(run, "first", 2.0) == ("Promoted", False)


def test_a_candidate_that_ties_with_ridge_is_not_promoted(run: Run) -> None:
    assert decide(run, "first", RIDGE_ERROR_POINTS) == ("NotPromoted", False)
    assert "does not beat ridge regression: MAE 3.000" in reason_of(run)


@pytest.mark.heavy
def test_losses_on_newer_data_add_up_to_the_margin_and_no_further(run: Run) -> None:
    decide(run, "first", 2.0, data="1")
    # The champion's points are rounded: it is off by 2 whenever it is asked again.
    assert decide(run, "second", 2.006, data="2") == ("Promoted", False)
    assert decide(run, "third", 2.005, data="3") == ("KeptChampion", False)
    assert "; on newer data at least −0.004 is needed (0.006 of the margin is used)" in reason_of(
        run
    )
    assert decide(run, "fourth", 2.003, data="4") == ("Promoted", False)
    assert decide(run, "fifth", 2.003, data="5") == ("KeptChampion", False)
    # Surely better, it starts the account anew.
    assert decide(run, "better", 1.0, data="6") == ("Promoted", False)
    assert decide(run, "sixth", 1.008, data="7") == ("Promoted", False)


def test_equal_models_replace_the_champion_on_newer_data_alone(run: Run) -> None:
    decide(run, "first", 2.0, data="old")
    assert decide(run, "worse", 2.005, data="old") == ("KeptChampion", False)
    assert decide(run, "best", 2.005, data="new") == ("Promoted", False)
    reason = ChampionRegistry(run.store).history()[-1].reason
    assert reason == "The candidate is hardly worse than the champion, on newer data."
    # What came first stays older, however often it comes again.
    assert decide(run, "better", 2.005, data="old") == ("KeptChampion", False)


def test_a_model_of_another_contract_is_kept_off(run: Run) -> None:
    decide(run, "first", 2.0)
    assert decide(run, "better", 0.5, contract="2.0.0") == ("KeptChampion", False)
    assert "another data contract" in ChampionRegistry(run.store).history()[-1].reason
    assert decide(run, "better", 0.5, contract="1.1.0") == ("Promoted", False)


def test_a_file_that_does_not_reproduce_is_kept_off_also_as_the_first(run: Run) -> None:
    assert decide(run, "worse", SPOILT) == ("NotPromoted", False)
    assert champion_of(run) is None
    decide(run, "first", 2.0)
    assert decide(run, "worse", SPOILT) == ("KeptChampion", False)
    assert champion_of(run) == version("first")


def test_a_champion_that_no_longer_loads_keeps_its_place_with_a_reason(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.modelling import serving

    def refuse(path: Path) -> None:
        raise ValueError("Unknown layer\nin many lines")

    decide(run, "first", 2.0)
    monkeypatch.setattr(serving, "load_model", refuse)
    assert decide(run, "better", 1.5) == ("KeptChampion", False)
    reason = ChampionRegistry(run.store).history()[-1].reason
    assert "cannot be compared, as the champion's model does not load" in reason
    assert reason.endswith("cannot be loaded: Unknown layer.")


def test_after_a_rollback_the_rule_keeps_the_withdrawn_model_off(run: Run) -> None:
    decide(run, "first", 2.0)
    decide(run, "better", 1.5)
    roll_back(run.store, "bad on Riesling")
    assert champion_of(run) == version("first")
    assert decide(run, "better", 1.5) == ("KeptChampion", False)
    assert "withdrawn by hand: on 2" in ChampionRegistry(run.store).history()[-1].reason
    assert decide(run, "better", 1.5) == ("KeptChampion", True)
    assert decide(run, "best", 1.0) == ("Promoted", False)
    assert champion_of(run) == version("best")


def test_what_came_back_by_a_rollback_finds_its_own_decision(run: Run) -> None:
    decide(run, "first", 2.0)
    decide(run, "better", 1.5)
    roll_back(run.store, "bad on Riesling")
    assert decide(run, "first", 2.0) == ("Promoted", True)
    assert champion_of(run) == version("first")


def test_a_kept_candidate_that_a_person_promotes_is_the_champion_from_then_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tasks.champions import comparison
    from tasks.champions import manual_promotion as by_hand

    monkeypatch.setattr(by_hand, "check_reproduction", comparison.check_reproduction)
    decide(run, "first", 2.0)
    decide(run, "worse", 2.5)
    promote_by_hand(run.store, version("worse"), "better on Riesling", DATASET)
    assert champion_of(run) == version("worse")
    assert decide(run, "worse", 2.5) == ("KeptChampion", False)
    assert "is the champion itself" in ChampionRegistry(run.store).history()[-1].reason
    assert decide(run, "worse", 2.5) == ("KeptChampion", True)
    # The rule would prefer the one that the person replaced.
    assert decide(run, "first", 2.0) == ("KeptChampion", False)
    assert champion_of(run) == version("worse")


def test_made_up_reviews_dethrone_a_champion_of_made_up_ones_by_being_better(run: Run) -> None:
    demo = Run(run.store, "demo")
    decide(demo, "first", 1.5)
    assert decide(demo, "worse", 2.5) == ("KeptChampion", False)
    assert decide(demo, "better", 0.5) == ("Promoted", False)
    assert champion_of(demo) == version("better")


def test_a_decision_whose_rival_is_damaged_is_not_reached_anew(run: Run) -> None:
    decide(run, "first", 2.0)
    rival = ChampionRegistry(run.store).current()
    decide(run, "better", 1.5)
    assert rival
    ChampionRegistry(run.store).path_of(rival, MODEL).write_bytes(b"damaged")
    for path in (run.store.root / "promote").glob("*/decision.json"):
        path.write_bytes(b"{}")
    assert decide(run, "better", 1.5) == ("KeptChampion", False)
    assert "is the champion itself" in ChampionRegistry(run.store).history()[-1].reason
    assert champion_of(run) == version("better")
