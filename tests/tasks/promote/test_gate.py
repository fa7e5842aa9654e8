"""Who is let through, and who is kept off.

A number stands for a model here; tests/integration/test_promotion.py has real ones.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tasks.by_hand import promote_by_hand, roll_back
from tasks.champions.champion import ChampionRoom
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.run import Run
from tasks.promote import promote_candidate
from tests.numbered_candidates import (
    PARAMETERS,
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
    decision, _ = promote_candidate.__wrapped__(run, **inputs, parameters=other)
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
    reason = ChampionRoom(run.store).history()[-1].reason
    assert reason == "The candidate passes the gate, and the champion knows no real reviews."
    assert champion_of(run) == version("real")


def decide_on_split(run: Run, name: str, sides: tuple[pa.Table, pa.Table, pa.Table]) -> Artifact:
    """Decide on a candidate that is far better, on a split of its own."""
    with run.store.workspace("split", "f" * 32) as workspace:
        for side_name, table in zip(("train", "validation", "test"), sides, strict=True):
            workspace.write_table(table, f"{side_name}.parquet")
        draft = Artifact(stage="split", address="f" * 32, digest="")
        splits = run.store.publish(draft, workspace, Output(facts={"data": "other"}))
    inputs = candidate(run, name, 0.1) | {"splits": splits}
    decision, _ = promote_candidate.__wrapped__(run, **inputs, parameters=PARAMETERS)
    return decision


def test_rows_that_either_has_trained_on_do_not_count(run: Run) -> None:
    decide(run, "first", 2.0)
    sides = (side(range(150, 390)), side(range(390, 395)), side(range(150, 400)))
    decision = decide_on_split(run, "cheat", sides)
    assert decision.facts["verdict"] == "KeptChampion"
    assert "only 5 test rows" in decision.facts["reason"]


def test_copies_of_a_text_are_no_evidence_of_their_own(run: Run) -> None:
    decide(run, "first", 2.0)
    copies = pa.concat_tables([side(range(150, 151))] * 250)
    decision = decide_on_split(run, "lucky", (side(range(100)), side(range(100, 150)), copies))
    assert decision.facts["verdict"] == "KeptChampion"
    assert "only 1 test rows" in decision.facts["reason"]


def test_a_first_candidate_that_few_reviews_speak_for_is_not_promoted(run: Run) -> None:
    copies = pa.concat_tables([side(range(150, 160))] * 25)
    decision = decide_on_split(run, "lucky", (side(range(100)), side(range(100, 150)), copies))
    assert decision.facts["verdict"] == "NotPromoted"
    assert "10 test rows that it has not seen; 100 are needed" in decision.facts["reason"]
    # What it would have blocked comes through.
    assert decide(run, "first", 2.0) == ("Promoted", False)


def test_equal_models_replace_the_champion_on_newer_data_alone(run: Run) -> None:
    decide(run, "first", 2.0, data="old")
    assert decide(run, "worse", 2.005, data="old") == ("KeptChampion", False)
    assert decide(run, "best", 2.005, data="new") == ("Promoted", False)
    reason = ChampionRoom(run.store).history()[-1].reason
    assert reason == "The candidate is hardly worse than the champion, on newer data."
    # What came first stays older, however often it comes again.
    assert decide(run, "better", 2.005, data="old") == ("KeptChampion", False)


def test_a_model_of_another_contract_is_kept_off(run: Run) -> None:
    decide(run, "first", 2.0)
    assert decide(run, "better", 0.5, contract="2.0.0") == ("KeptChampion", False)
    assert "another data contract" in ChampionRoom(run.store).history()[-1].reason
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
    reason = ChampionRoom(run.store).history()[-1].reason
    assert "meets a champion that does not predict" in reason
    assert reason.endswith("cannot be loaded and asked: Unknown layer.")


def test_after_a_rollback_the_rule_keeps_the_withdrawn_model_off(run: Run) -> None:
    decide(run, "first", 2.0)
    decide(run, "better", 1.5)
    roll_back(run.store, "bad on Riesling")
    assert champion_of(run) == version("first")
    assert decide(run, "better", 1.5) == ("KeptChampion", False)
    assert "withdrawn by hand: on 2" in ChampionRoom(run.store).history()[-1].reason
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
    from tasks import by_hand
    from tasks.champions import contest

    monkeypatch.setattr(by_hand, "check_reproduction", contest.check_reproduction)
    decide(run, "first", 2.0)
    decide(run, "worse", 2.5)
    promote_by_hand(run.store, version("worse"), "better on Riesling")
    assert champion_of(run) == version("worse")
    assert decide(run, "worse", 2.5) == ("KeptChampion", False)
    assert "is the champion itself" in ChampionRoom(run.store).history()[-1].reason
    assert decide(run, "worse", 2.5) == ("KeptChampion", True)
    # The rule would prefer the one that the person replaced.
    assert decide(run, "first", 2.0) == ("KeptChampion", False)
    assert champion_of(run) == version("worse")
