"""Promotion on real files: champions made, kept, repeated, and never lost to a kill."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks import promote
from tasks.demo_reviews import make_demo_reviews
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.run import Outcome, Run
from tasks.engine.store import Store
from tasks.modelling.champion import ChampionRoom
from tasks.parameters import PromotionParameters
from tasks.promote import promote_candidate
from tasks.summary import record_run, was_announced

TEXTS = [f"made-up review {number}" for number in range(400)]
POINTS = np.array([80 + number % 21 for number in range(400)])
PARAMETERS = PromotionParameters(bootstrap_samples=200)


def publish(store: Store, stage: str, name: str, files: dict[str, Any]) -> Artifact:
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
        return store.publish(draft, workspace, Output(digest=digest))


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


def candidate(run: Run, name: str, error_points: float) -> dict[str, Artifact]:
    """Publish what a candidate consists of; its predictions are off by so much."""
    store = run.store
    splits = publish(
        store,
        "split",
        "all",
        {
            "train.parquet": side(range(100)),
            "validation.parquet": side(range(100, 150)),
            "test.parquet": side(range(150, 400)),
        },
    )
    trained = publish(store, "train", name, {"model.keras": error_points})
    predictions = pa.table({"error": np.full(250, error_points)})
    figures = {
        "test_mae": error_points,
        "test_mae_unseen": error_points,
        "baselines": {"ridge": {"test_mae": 3.0, "test_mae_unseen": 3.0}},
    }
    evaluated = publish(
        store,
        "evaluate",
        name,
        {"predictions.parquet": predictions, "figures.json": figures, "intervals.json": {}},
    )
    return {"trained": trained, "evaluated": evaluated, "splits": splits}


@pytest.fixture
def run(store: Store) -> Run:
    return Run(store, "reviews.csv")


@pytest.fixture(autouse=True)
def champion_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the saved number stand for the model: it is how far the champion is off."""
    import json

    from tasks.modelling import serving

    monkeypatch.setattr(serving, "load_model", lambda path: json.loads(path.read_bytes()))
    monkeypatch.setattr(
        serving,
        "predict",
        lambda model, texts: np.array([POINTS[TEXTS.index(text)] + model for text in texts]),
    )


def decide(run: Run, name: str, error: float, announce: bool = True) -> tuple[str, bool]:
    """Decide on a candidate; tell the verdict and whether the run would call it unchanged."""
    decision, _ = promote_candidate.__wrapped__(
        run, **candidate(run, name, error), parameters=PARAMETERS
    )
    repeated = was_announced(run, decision)
    if announce:
        run.outcomes["promote"] = Outcome("Completed", 0.0, "", decision)
        record_run(run, decision.facts["verdict"])
    return decision.facts["verdict"], repeated


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


def test_a_kill_between_decision_and_champion_is_made_good(run: Run, monkeypatch) -> None:
    def die(*args: object) -> None:
        raise KeyboardInterrupt

    decide(run, "first", 2.0)
    with monkeypatch.context() as patch:
        patch.setattr(promote, "install_candidate", die)
        with pytest.raises(KeyboardInterrupt):
            decide(run, "better", 1.5)
    assert champion_of(run) == version("first")
    assert decide(run, "better", 1.5) == ("Promoted", False)
    assert champion_of(run) == version("better")


def test_the_champion_is_not_compared_with_itself(run: Run) -> None:
    decide(run, "first", 2.0)
    other = PARAMETERS.model_copy(update={"seed": 1})
    decision, _ = promote_candidate.__wrapped__(
        run, **candidate(run, "first", 2.0), parameters=other
    )
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
    assert decide(run, "loses to ridge", 3.5) == ("NotPromoted", False)
    assert decide(run, "real", 2.5) == ("Promoted", False)
    assert champion_of(run) == version("real")


def test_rows_that_either_has_trained_on_do_not_count(run: Run) -> None:
    decide(run, "first", 2.0)
    with run.store.workspace("split", "f" * 32) as workspace:
        workspace.write_table(side(range(150, 390)), "train.parquet")
        workspace.write_table(side(range(390, 395)), "validation.parquet")
        workspace.write_table(side(range(150, 400)), "test.parquet")
        draft = Artifact(stage="split", address="f" * 32, digest="")
        splits = run.store.publish(draft, workspace, Output())
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
    made = [path for path in files if path.read_bytes() == before[path]]
    assert made


def test_a_damaged_record_of_a_run_does_not_stop_the_next(run: Run) -> None:
    decide(run, "first", 2.0)
    for record in (run.store.root / "runs").iterdir():
        record.write_bytes(b"{")
    assert decide(run, "first", 2.0) == ("Promoted", False)
