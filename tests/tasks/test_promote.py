"""Promotion on real files: champions made, kept, repeated, withdrawn, and never lost to a kill.

A number stands for a model here; tests/integration/test_promotion.py has real ones.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks import promote
from tasks.by_hand import promote_by_hand, roll_back
from tasks.champions import installation
from tasks.champions.champion import COPIES, ChampionRoom
from tasks.champions.checks import Check
from tasks.demo_reviews import make_demo_reviews
from tasks.engine.artifacts import Artifact, FileRecord, Output
from tasks.engine.run import Outcome, Run
from tasks.engine.store import Store
from tasks.parameters import PromotionParameters
from tasks.promote import promote_candidate
from tasks.summary import record_run, was_announced

TEXTS = [f"made-up review {number}" for number in range(400)]
POINTS = np.array([80 + number % 21 for number in range(400)])
PARAMETERS = PromotionParameters(bootstrap_samples=200)
NAMES = ("first", "better", "worse", "best", "loses to ridge")
SPOILT = 1.25
"""The number that stands for a file which does not reproduce its predictions."""


def publish(
    store: Store, stage: str, name: str, files: dict[str, Any], facts: dict[str, Any] | None = None
) -> Artifact:
    address = hashlib.sha256(name.encode()).hexdigest()[:32]
    if found := store.look_up(stage, address):
        return found
    with store.workspace(stage, address) as workspace:
        for file, content in files.items():
            if isinstance(content, pa.Table):
                workspace.write_table(content, file)
            else:
                workspace.write_json(content, file)
        digest = hashlib.sha256(f"{stage} {name}".encode()).hexdigest()
        draft = Artifact(stage=stage, address=address, digest="")
        return store.publish(draft, workspace, Output(digest=digest, facts=facts or {}))


def side(rows: range) -> pa.Table:
    texts = [TEXTS[row] for row in rows]
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    reviews = make_demo_reviews(len(TEXTS), seed=0).slice(rows.start, len(rows)).to_pydict()
    reviews["review_index"] = reviews.pop("")
    return pa.table(
        reviews
        | {
            "row_number": list(rows),
            "description": texts,
            "points": POINTS[rows.start : rows.stop],
            "description_sha256": pa.array(digests, pa.binary(32)),
        }
    )


def candidate(
    run: Run, name: str, error_points: float, data: str = "data", contract: str = "1.0.0"
) -> dict[str, Artifact]:
    """Publish what a candidate consists of; its predictions are off by so much."""
    store = run.store
    splits = publish(
        store,
        "split",
        data,
        {
            "train.parquet": side(range(100)),
            "validation.parquet": side(range(100, 150)),
            "test.parquet": side(range(150, 400)),
        },
        {"data": data},
    )
    trained = publish(store, "train", name, {"model.keras": error_points})
    predicted = POINTS[150:] + error_points
    predictions = pa.table(
        {"error": np.full(250, error_points), "estimated_points": predicted.astype(float)}
    )
    figures = {
        "test_mae": error_points,
        "test_mae_unseen": error_points,
        "baselines": {"ridge": {"test_mae": 3.0, "test_mae_unseen": 3.0}},
        "rows": 250,
        "seen_rows": 0,
    }
    files = {"predictions.parquet": predictions, "figures.json": figures, "intervals.json": {}}
    evaluated = publish(store, "evaluate", f"{name} on {data}", files, figures)
    draft = Artifact(stage="validate", address="", digest="")
    checked = draft.model_copy(update={"facts": {"contract_version": contract}})
    return {"checked": checked, "trained": trained, "evaluated": evaluated, "splits": splits}


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, "reviews.csv")


@pytest.fixture(autouse=True)
def number_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the saved number stand for the model: it is how far its predictions are off."""
    from tasks.champions import contest
    from tasks.modelling import serving

    def load_model(path: Path) -> float:
        return float(json.loads(path.read_bytes()))

    def check_in_this_process(model: Path, record: FileRecord, sample: Path, _: float) -> Check:
        passed = record.matches(model) and load_model(model) != SPOILT and sample.exists()
        return Check(name="reproduces", denial="does not reproduce", passed=passed, detail="asked")

    monkeypatch.setattr(serving, "load_model", load_model)
    monkeypatch.setattr(contest, "check_reproduction", check_in_this_process)
    monkeypatch.setattr(
        serving,
        "predict",
        lambda model, texts: np.array([POINTS[TEXTS.index(text)] + model for text in texts]),
    )


def decide(
    run: Run, name: str, error: float, announce: bool = True, **changes: Any
) -> tuple[str, bool]:
    """Decide on a candidate; tell the verdict and whether the run would call it unchanged."""
    decision, _ = promote_candidate.__wrapped__(
        run, **candidate(run, name, error, **changes), parameters=PARAMETERS
    )
    repeated = was_announced(run, decision)
    if announce:
        run.outcomes["promote"] = Outcome("Completed", 0.0, "", decision)
        record_run(run, decision.facts["verdict"])
    return decision.facts["verdict"], repeated


def history_of(run: Run) -> list[tuple[str, str, str | None]]:
    """Version, verdict and champion afterwards of each event."""
    events = ChampionRoom(run.store).history()
    names = {version(name): name for name in NAMES}
    return [
        (names[e.version], e.verdict, names[e.champion_after] if e.champion_after else None)
        for e in events
    ]


def champion_of(run: Run) -> str | None:
    champion = ChampionRoom(run.store).current()
    return champion.version if champion else None


def version(name: str) -> str:
    return hashlib.sha256(f"train {name}".encode()).hexdigest()[:16]


def test_from_the_first_champion_to_a_better_one(run: Run) -> None:
    assert decide(run, "worse than ridge", 3.5) == ("NotPromoted", False)
    assert champion_of(run) is None
    assert decide(run, "first", 2.0) == ("Promoted", False)
    assert champion_of(run) == version("first")
    assert decide(run, "worse", 2.5) == ("KeptChampion", False)
    assert champion_of(run) == version("first")
    assert decide(run, "better", 1.5) == ("Promoted", False)
    assert champion_of(run) == version("better")


def test_a_decision_is_repeated_for_the_same_candidate(run: Run) -> None:
    decide(run, "first", 2.0)
    assert decide(run, "first", 2.0) == ("Promoted", True)
    decide(run, "worse", 2.5)
    assert decide(run, "worse", 2.5) == ("KeptChampion", True)


def test_a_decision_that_no_run_ended_with_is_not_called_repeated(run: Run) -> None:
    assert decide(run, "first", 2.0, announce=False) == ("Promoted", False)
    assert decide(run, "first", 2.0) == ("Promoted", False)
    assert decide(run, "first", 2.0) == ("Promoted", True)


@pytest.mark.parametrize(
    "step", ["promote.install", "installation.append_event", "installation._point_to"]
)
def test_a_kill_at_any_step_after_the_decision_is_made_good(
    run: Run, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    decide(run, "first", 2.0)
    module, name = step.split(".")
    with monkeypatch.context() as patch:
        patch.setattr({"promote": promote, "installation": installation}[module], name, die)
        with pytest.raises(KeyboardInterrupt):
            decide(run, "better", 1.5)
    assert champion_of(run) == version("first")
    assert decide(run, "better", 1.5) == ("Promoted", False)
    assert champion_of(run) == version("better")
    assert history_of(run) == [
        ("first", "Promoted", "first"),
        ("better", "Promoted", "better"),
    ]


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


def test_rows_that_either_has_trained_on_do_not_count(run: Run) -> None:
    decide(run, "first", 2.0)
    with run.store.workspace("split", "f" * 32) as workspace:
        workspace.write_table(side(range(150, 390)), "train.parquet")
        workspace.write_table(side(range(390, 395)), "validation.parquet")
        workspace.write_table(side(range(150, 400)), "test.parquet")
        draft = Artifact(stage="split", address="f" * 32, digest="")
        splits = run.store.publish(draft, workspace, Output(facts={"data": "other"}))
    inputs = candidate(run, "cheat", 0.1) | {"splits": splits}
    decision, _ = promote_candidate.__wrapped__(run, **inputs, parameters=PARAMETERS)
    assert decision.facts["verdict"] == "KeptChampion"
    assert "only 5 test rows" in decision.facts["reason"]


@pytest.mark.parametrize("how", ["damaged", "refreshed"])
def test_the_champions_own_decision_is_reached_anew_and_stays(run: Run, how: str) -> None:
    decide(run, "first", 2.0)
    decide(run, "better", 1.5)
    files = list((run.store.root / "promote").glob("*/decision.json"))
    before = {path: path.read_bytes() for path in files}
    if how == "damaged":
        for path in files:
            path.write_bytes(b"{}")
        again = run
    else:
        again = Run(run.store, run.source, frozenset({"promote"}))
    assert decide(again, "better", 1.5) == ("Promoted", True)
    assert champion_of(run) == version("better")
    own = ChampionRoom(run.store).current()
    assert own is not None
    remade = run.store.root / "promote" / own.decision / "decision.json"
    assert remade.read_bytes() == before[remade]
    assert [event.kind for event in ChampionRoom(run.store).history()] == ["decision"] * 2


def test_a_damaged_record_of_a_run_does_not_stop_the_next(run: Run) -> None:
    decide(run, "first", 2.0)
    for record in (run.store.root / "runs").iterdir():
        record.write_bytes(b"{")
    assert decide(run, "first", 2.0) == ("Promoted", False)


def test_every_decision_is_noted_once_with_its_lineage_and_figures(run: Run) -> None:
    for _ in range(2):
        decide(run, "loses to ridge", 3.5)
        decide(run, "first", 2.0)
        decide(run, "worse", 2.5)
        decide(run, "better", 1.5)
        decide(run, "better", 1.5)
    assert history_of(run) == [
        ("loses to ridge", "NotPromoted", None),
        ("first", "Promoted", "first"),
        ("worse", "KeptChampion", "first"),
        ("better", "Promoted", "better"),
        ("loses to ridge", "KeptChampion", "better"),
        ("first", "KeptChampion", "better"),
        ("worse", "KeptChampion", "better"),
    ]
    event = ChampionRoom(run.store).history()[3]
    assert event.lineage["data"] == "data"
    assert event.lineage["contract_version"] == "1.0.0"
    assert event.lineage["source"] == "reviews.csv"
    assert "tasks/champions/comparison.py" in event.lineage["code"]
    assert event.metrics["test_mae"] == 1.5
    errors = next(c for c in event.checks if c["name"] == "is better than the champion")
    assert errors["figures"]["gain_points"] == pytest.approx(0.5)
    champion = ChampionRoom(run.store).current()
    assert champion
    assert set(champion.files) == set(COPIES)


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
