"""Promote: candidate against champion; the only place where models are compared on test.

A candidate has to beat every baseline on the test rows that it has not seen. Against a champion it
is measured on the test rows whose text neither of the two has seen, in training or validation, and
replaces it only when the paired bootstrap is sure that its MAE is smaller. A candidate of made-up
reviews never replaces a champion of real ones.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.engine.artifacts import Artifact, Output
from tasks.engine.caching import address_of, gather_ingredients
from tasks.engine.run import Run
from tasks.engine.stages import action
from tasks.engine.workspace import Workspace
from tasks.modelling.champion import KNOWN, MODEL, PROFILE, Champion, ChampionRoom
from tasks.modelling.comparison import check_against_champion, decide
from tasks.modelling.intervals import INTERVALS
from tasks.parameters import PromotionParameters
from tasks.verdicts import Verdict

DECISION = "decision.json"
DIGESTS = "description_sha256"


def read_known(workspace: Workspace, splits: Artifact) -> pa.Array:
    """Read the digests of all descriptions that trained or chose the candidate."""
    import pyarrow.compute as pc

    sides = [
        workspace.read_table(splits, f"{s}.parquet", [DIGESTS]) for s in ("train", "validation")
    ]
    return pc.unique(pa.concat_tables(sides)[DIGESTS])


def profile_training(workspace: Workspace, splits: Artifact) -> dict[str, Any]:
    """Count what later deliveries are compared with, if the candidate becomes the champion."""
    from data_contracts.profile import profile_reviews

    train = workspace.read_table(splits, "train.parquet").drop_columns(["row_number", DIGESTS])
    return profile_reviews(train, train.column_names).model_dump(mode="json")


def compare_with_champion(
    workspace: Workspace,
    room: ChampionRoom,
    champion: Champion,
    evaluated: Artifact,
    splits: Artifact,
    known: pa.Array,
    parameters: PromotionParameters,
) -> dict[str, Any]:
    """Let the champion predict the test rows that are fair to both, and compare.

    Args:
        workspace: for reading the inputs.
        room: for reading the champion's own copies.
        champion: the champion.
        evaluated: the candidate's predictions, rows as in the test set.
        splits: the test set.
        known: digests of the descriptions that trained or chose the candidate.
        parameters: confidence, resamples, seed.

    Returns:
        The check `is better than the champion`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from tasks.modelling.serving import load_model, predict

    test = workspace.read_table(splits, "test.parquet")
    errors = workspace.read_table(evaluated, "predictions.parquet", ["error"])["error"]
    theirs = pq.read_table(room.path_of(champion, KNOWN))[DIGESTS].combine_chunks()
    fair = pc.invert(pc.or_(pc.is_in(test[DIGESTS], known), pc.is_in(test[DIGESTS], theirs)))
    test, errors = test.filter(fair), errors.filter(fair)
    model = load_model(room.path_of(champion, MODEL))
    champion_errors = predict(model, test["description"].to_pylist()) - test["points"].to_numpy()
    return check_against_champion(np.abs(errors.to_numpy()), np.abs(champion_errors), parameters)


def reach_decision(
    workspace: Workspace,
    room: ChampionRoom,
    champion: Champion | None,
    demo: bool,
    inputs: dict[str, Artifact],
    parameters: PromotionParameters,
) -> Output:
    """Decide on a candidate, and write the decision and what the candidate knows.

    Args:
        workspace: for reading the inputs and writing the decision.
        room: the champion's room.
        champion: the champion, if there is one.
        demo: whether the candidate was trained on made-up reviews.
        inputs: `trained`, `evaluated` and `splits`.
        parameters: of the promotion.
    """
    evaluated, splits = inputs["evaluated"], inputs["splits"]
    known = read_known(workspace, splits)
    against = None
    if champion is not None:
        against = check_kinds(champion, demo, inputs["trained"])
    if champion is not None and against is None and champion.lineage["demo"] == demo:
        against = compare_with_champion(
            workspace, room, champion, evaluated, splits, known, parameters
        )
    decision = decide(workspace.read_json(evaluated, "figures.json"), against, parameters)
    before = champion.version if champion else None
    promoted = decision["verdict"] == Verdict.PROMOTED
    after = inputs["trained"].digest[:16] if promoted else before
    decision |= {"champion_before": before, "champion_after": after}
    workspace.write_json(decision, DECISION)
    workspace.write_table(pa.table({DIGESTS: known}), KNOWN)
    workspace.write_json(profile_training(workspace, splits), PROFILE)
    return Output(facts={key: value for key, value in decision.items() if key != "checks"})


def install_candidate(
    run: Run,
    room: ChampionRoom,
    champion: Champion | None,
    decision: Artifact,
    inputs: dict[str, Artifact],
) -> None:
    """Make the candidate the champion; done again, it changes nothing."""
    lineage: dict[str, Any] = {name: artifact.digest for name, artifact in inputs.items()}
    lineage["champion_before"] = champion.version if champion else None
    lineage["demo"] = run.demo
    owners = {
        MODEL: inputs["trained"],
        KNOWN: decision,
        PROFILE: decision,
        DECISION: decision,
        "figures.json": inputs["evaluated"],
        INTERVALS: inputs["evaluated"],
    }
    files = {n: (run.store.path_of(owner, n), owner.files[n]) for n, owner in owners.items()}
    room.install(inputs["trained"].digest[:16], decision.address, lineage, files)


def check_kinds(champion: Champion, demo: bool, trained: Artifact) -> dict[str, Any] | None:
    """Refuse a candidate that cannot be compared with the champion.

    A champion of made-up reviews is not compared at all: real reviews replace it at the gate.
    """
    if champion.version == trained.digest[:16]:
        claims = {"name": "is another than the champion", "denial": "is the champion itself"}
        return {**claims, "passed": False, "detail": "the same weights"}
    if demo and not champion.lineage["demo"]:
        claims = {"name": "knows real reviews", "denial": "knows made-up reviews alone"}
        return {**claims, "passed": False, "detail": "the champion was trained on real ones"}
    return None


@action("promote")
def promote_candidate(
    run: Run,
    trained: Artifact,
    evaluated: Artifact,
    splits: Artifact,
    parameters: PromotionParameters,
) -> tuple[Artifact, bool]:
    """Decide whether the candidate becomes the champion, and make it so.

    Returns:
        The decision, and whether it was reached before: by an earlier run of the same candidate
        under the same champion, or by the run that made this candidate the champion.
    """
    inputs = {"trained": trained, "evaluated": evaluated, "splits": splits}

    def draft_under(champion_version: str | None) -> Artifact:
        others = {"parameters": parameters, "champion": champion_version, "demo": run.demo}
        ingredients = gather_ingredients(__name__, inputs, others)
        address = address_of("promote", ingredients)
        return Artifact(stage="promote", address=address, digest="", ingredients=ingredients)

    room = ChampionRoom(run.store)
    with room.alone():
        champion = rival = room.current()
        if champion is not None:
            before = champion.lineage["champion_before"]
            if champion.decision == draft_under(before).address:
                # The candidate is the champion: its decision was reached under the one before.
                rival = room.find_version(before)
        draft = draft_under(rival.version if rival else None)
        found = run.find(draft)
        decision = found
        if decision is None:
            with run.store.workspace("promote", draft.address, run.source) as workspace:
                output = reach_decision(workspace, room, rival, run.demo, inputs, parameters)
                decision = run.store.publish(draft, workspace, output, "promote" in run.refresh)
        installed = champion is not None and champion.decision == decision.address
        if decision.facts["verdict"] == Verdict.PROMOTED and not installed:
            install_candidate(run, room, rival, decision, inputs)
        return decision, found is not None
