"""Candidates whose model is a number: how far its predictions are off."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.champions.champion import ChampionRegistry
from tasks.configuration.parameters import PromotionParameters
from tasks.engine.run import Outcome, Run
from tasks.modelling.texts import DIGESTS, mark_fair
from tasks.promote import promote_candidate
from tasks.reporting.run_records import record_run, was_announced
from tasks.reporting.summary import Summary
from tasks.sources.demo_reviews import make_demo_reviews
from tasks.split import part_sides
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tests.contracts import WINE

DATASET = WINE.dataset
TEXTS = [f"made-up review {number}" for number in range(400)]
POINTS = np.array([80 + number % 21 for number in range(400)])
PARAMETERS = PromotionParameters(bootstrap_samples=200)
NAMES = ("first", "better", "worse", "best", "loses to ridge")
RIDGE_ERROR_POINTS = 3.0
SPOILT = 1.25
"""The number that stands for a file which does not reproduce its predictions."""


Tables = tuple[pa.Table, pa.Table, pa.Table]
"""Train, validation and test."""


def publish(
    store: Store,
    stage: str,
    name: str,
    files: dict[str, Any],
    facts: dict[str, Any] | None = None,
    inputs: dict[str, Artifact] | None = None,
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
        ingredients = {"inputs": {k: v.digest for k, v in (inputs or {}).items()}}
        draft = Artifact(stage=stage, address=address, digest="", ingredients=ingredients)
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
            DIGESTS: pa.array(digests, pa.binary(32)),
        }
    )


SIDES: Tables = (side(range(100)), side(range(100, 150)), side(range(150, 400)))


def predict(sides: Tables, error_points: float) -> pa.Table:
    """The table of an evaluation of a network that is off by so much, beside a ridge by 3."""
    train, validation, test = sides
    predicted = test["points"].to_numpy() + error_points
    known = pa.concat_arrays([table[DIGESTS].combine_chunks() for table in (train, validation)])
    return pa.table(
        {
            "actual": test["points"],
            "estimated": predicted.astype(float),
            "predicted": predicted.astype(float),
            "error": np.full(test.num_rows, error_points),
            "fair": mark_fair(test[DIGESTS], known),
            "baseline_ridge": test["points"].to_numpy() + RIDGE_ERROR_POINTS,
        }
    )


def candidate(
    run: Run,
    name: str,
    error_points: float,
    data: str = "data",
    contract: str = "1.0.0",
    sides: Tables = SIDES,
) -> dict[str, Artifact]:
    """Publish what a candidate consists of, as the stages of the run would."""
    store = run.store
    checked = publish(
        store, "validate", contract, {}, {"contract": "wine reviews", "contract_version": contract}
    )
    tables = dict(zip(("train.parquet", "validation.parquet", "test.parquet"), sides, strict=True))
    origins = {"data": data, "delivery": data}
    splits = publish(store, "split", f"{data} {contract}", tables, origins, {"valid": checked})
    train, validation, test = part_sides(splits)
    inputs = {"train": train, "validation": validation}
    # What the number is, and not what it was made from, names a candidate in these tests.
    trained = publish(store, "train", name, {"model.keras": error_points}, inputs=inputs)
    trained = trained.model_copy(update={"ingredients": _inputs(inputs)})
    facts = {
        "test_mae": error_points,
        "test_mae_unseen": error_points,
        "baselines": {"ridge": {"test_mae": 3.0, "test_mae_unseen": 3.0}},
        "rows": 250,
        "seen_rows": 0,
    }
    predictions = predict(sides, error_points)
    files = {"predictions.parquet": predictions, "figures.json": facts, "intervals.json": {}}
    inputs |= {"trained": trained, "test": test}
    evaluated = publish(store, "evaluate", f"{name} on {data} {contract}", files, facts, inputs)
    for artifact in (checked, splits, trained, evaluated):
        run.outcomes[artifact.stage] = Outcome("Completed", 0.0, "", artifact)
    return {"trained": trained, "evaluated": evaluated, **inputs}


def _inputs(inputs: dict[str, Artifact]) -> dict[str, Any]:
    return {"inputs": {name: artifact.digest for name, artifact in inputs.items()}}


def decide(
    run: Run, name: str, error: float, announce: bool = True, **changes: Any
) -> tuple[str, bool]:
    """Decide on a candidate; tell the verdict and whether the run would call it unchanged."""
    decision, _ = promote_candidate.__wrapped__(
        run, **candidate(run, name, error, **changes), dataset=DATASET, parameters=PARAMETERS
    )
    repeated = was_announced(run, decision)
    if announce:
        run.outcomes["promote"] = Outcome("Completed", 0.0, "", decision)
        record_run(run, Summary(verdict=decision.facts["verdict"], reason=""))
    return decision.facts["verdict"], repeated


def history_of(run: Run) -> list[tuple[str, str, str | None]]:
    """Version, verdict and champion afterwards of each event."""
    events = ChampionRegistry(run.store).history()
    names = {version(name): name for name in NAMES}
    return [
        (names[e.version], e.verdict, names[e.champion_after] if e.champion_after else None)
        for e in events
    ]


def champion_of(run: Run) -> str | None:
    champion = ChampionRegistry(run.store).current()
    return champion.version if champion else None


def version(name: str) -> str:
    return hashlib.sha256(f"train {name}".encode()).hexdigest()[:16]
