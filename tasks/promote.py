"""Promote: candidate against champion; the only place where models are compared on test.

A candidate has to beat every baseline on the test rows that it has not seen. Against a champion it
is measured on the test rows whose text neither of the two has seen, in training or validation. It
replaces the champion when the paired bootstrap is sure that its MAE is smaller, or, trained on
newer data, hardly larger, and no large slice gets worse; and when its saved file, in a fresh
process, predicts what it did.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from tasks.champions.champion import Champion, ChampionRoom
from tasks.champions.contest import Contest, make_checks, say_success
from tasks.champions.copies import KNOWN, PROFILE, SAMPLE
from tasks.champions.gate import conclude_checks
from tasks.champions.history import DecidedMeanwhileError, Event
from tasks.champions.installation import finish_change, install, note_event
from tasks.champions.lineage import list_sources, take_metrics, trace_lineage, version_of
from tasks.champions.reproduction import choose_sample
from tasks.champions.succession import last_change
from tasks.engine.artifacts import Artifact, Output
from tasks.engine.caching import address_of, gather_ingredients
from tasks.engine.run import Run
from tasks.engine.stages import action, check_unchanged
from tasks.engine.workspace import Workspace
from tasks.errors import TransientError
from tasks.parameters import PromotionParameters
from tasks.texts import DIGESTS
from tasks.verdicts import Verdict

DECISION = "decision.json"


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


def reach_decision(
    workspace: Workspace, room: ChampionRoom, contest: Contest, parameters: PromotionParameters
) -> Output:
    """Decide on a candidate, and write the decision and what a champion needs of it.

    Args:
        workspace: for reading the inputs and writing the decision.
        room: the champion's room.
        contest: candidate, champion and history.
        parameters: of the promotion.
    """
    test = workspace.read_table(contest.splits, "test.parquet", ["description"])
    columns = ["estimated_points"]
    estimated = workspace.read_table(contest.evaluated, "predictions.parquet", columns)
    sample = choose_sample(test["description"], estimated["estimated_points"])
    known = read_known(workspace, contest.splits)
    workspace.write_table(sample, SAMPLE)
    workspace.write_table(pa.table({DIGESTS: known}), KNOWN)
    workspace.write_json(profile_training(workspace, contest.splits), PROFILE)
    checks = make_checks(workspace, room, contest, known, parameters)
    before = contest.champion.version if contest.champion else None
    decision = conclude_checks(checks, before is not None, say_success(contest, checks))
    promoted = decision["verdict"] == Verdict.PROMOTED
    after = version_of(contest.trained) if promoted else before
    decision |= {"champion_before": before, "champion_after": after}
    workspace.write_json(decision, DECISION)
    return Output(facts={key: value for key, value in decision.items() if key != "checks"})


@action("promote")
def promote_candidate(
    run: Run,
    checked: Artifact,
    trained: Artifact,
    evaluated: Artifact,
    splits: Artifact,
    parameters: PromotionParameters,
) -> tuple[Artifact, bool]:
    """Decide whether the candidate becomes the champion, make it so, and note it in the history.

    Returns:
        The decision, and whether it was reached before: by an earlier run of the same candidate
        under the same champion, or by the run that made this candidate the champion.
    """
    inputs = {"trained": trained, "evaluated": evaluated, "splits": splits}
    version = checked.facts.get("contract_version")
    lineage = trace_lineage(run.source, run.demo, version, [splits, trained, evaluated])

    draft_under = functools.partial(_draft, inputs, lineage, parameters)
    room = ChampionRoom(run.store)
    with room.alone():
        events = before = room.history()
        finish_change(room, events)
        champion = room.current()
        if champion is not None:
            before = _before_its_own_promotion(room, champion, events, draft_under)
        reign = last_change(before)
        champion = Champion.made_by(reign) if reign else None
        contest = Contest(trained, evaluated, splits, lineage, champion, before)
        draft = draft_under(before)
        found = run.find(draft)
        decision = found
        if decision is None:
            with run.store.workspace("promote", draft.address, run.source) as workspace:
                check_unchanged(run, inputs.values())
                output = reach_decision(workspace, room, contest, parameters)
                check_unchanged(run, inputs.values())
                decision = run.store.publish(draft, workspace, output, "promote" in run.refresh)
        _note_decision(run, room, events, contest, decision)
        return decision, found is not None


def _draft(
    inputs: dict[str, Artifact],
    lineage: dict[str, Any],
    parameters: PromotionParameters,
    events: list[Event],
) -> Artifact:
    """Make the decision-to-be on a candidate: its address holds the reign it is made under."""
    reign = last_change(events)
    others = {
        "parameters": parameters,
        "champion": [reign.version, reign.number] if reign else None,
        **{name: lineage[name] for name in ("demo", "data", "contract_version")},
    }
    ingredients = gather_ingredients(__name__, inputs, others)
    address = address_of("promote", ingredients)
    return Artifact(stage="promote", address=address, digest="", ingredients=ingredients)


def _before_its_own_promotion(
    room: ChampionRoom,
    champion: Champion,
    events: list[Event],
    draft_under: Callable[[list[Event]], Artifact],
) -> list[Event]:
    """Go back to before the candidate was promoted, if that made the present champion."""
    own = next((e for e in events if e.folder and e.decision == champion.decision), None)
    if own is None or own.kind != "decision":
        return events
    before = [event for event in events if event.number < own.number]
    if draft_under(before).address != own.decision:
        return events
    rival = last_change(before)
    return before if rival is None or room.is_intact(Champion.made_by(rival)) else events


def _note_decision(
    run: Run, room: ChampionRoom, events: list[Event], contest: Contest, decision: Artifact
) -> None:
    """Note a decision in the history and follow it; done again, it changes nothing."""
    verdict = decision.facts["verdict"]
    this = ("decision", decision.address, verdict)
    if any((event.kind, event.decision, event.verdict) == this for event in events):
        return
    stages = (contest.splits, contest.trained, contest.evaluated, decision)
    outputs = {artifact.stage: artifact for artifact in stages}
    version = contest.lineage["contract_version"]
    about: dict[str, Any] = {
        "kind": "decision",
        "verdict": verdict,
        "reason": decision.facts["reason"],
        "version": version_of(contest.trained),
        "decision": decision.address,
        "lineage": trace_lineage(run.source, run.demo, version, list(outputs.values())),
        "metrics": take_metrics(contest.evaluated),
        "checks": json.loads(run.store.path_of(decision, DECISION).read_bytes())["checks"],
    }
    try:
        if verdict == Verdict.PROMOTED:
            install(room, events, list_sources(run.store, outputs), **about)
        else:
            note_event(room, events, **about)
    except DecidedMeanwhileError as error:
        # Tried again, the candidate meets the champion that there is by then.
        raise TransientError(str(error)) from error
