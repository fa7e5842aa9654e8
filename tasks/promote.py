"""Promote: candidate against champion; the only place where models are compared on test.

A candidate has to beat every baseline on the test rows that it has not seen: the paired bootstrap
must be sure that its MAE is smaller. Against a champion it is measured on the test rows whose text
neither of the two has seen, in training or validation. It replaces the champion when the bootstrap
is sure that its MAE is smaller, or, trained on newer data, hardly larger, and no large slice gets
worse; and when its saved file, in a fresh process, predicts what it did.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from tasks.champions.champion import Champion, ChampionRoom
from tasks.champions.comparison import Comparison, make_checks, say_success
from tasks.champions.copies import KNOWN, PROFILE, SAMPLE
from tasks.champions.gate import conclude_checks
from tasks.champions.history import DecidedMeanwhileError, Event
from tasks.champions.installation import find_unfinished, finish_change, install, note_event
from tasks.champions.lineage import (
    ORIGINS,
    list_sources,
    take_metrics,
    trace_lineage,
    version_of,
)
from tasks.champions.reproduction import choose_sample
from tasks.champions.succession import last_change
from tasks.configuration.errors import TransientError
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.verdicts import Verdict
from tasks.engine.caching import address_of, gather_ingredients
from tasks.engine.run import PENDING, Run
from tasks.engine.stages import action, check_unchanged
from tasks.modelling.predictions import PREDICTIONS
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

DECISION = "decision.json"


def keep_copies(
    workspace: Workspace, comparison: Comparison, train: Artifact, validation: Artifact
) -> None:
    """Write what the candidate needs to be the champion, beside what other stages wrote.

    That is the digests of all descriptions that trained or chose it, what later deliveries are
    compared with, and a sample of its predictions.
    """
    import pyarrow.compute as pc

    from data_contracts.profile import profile_reviews

    trained_on = workspace.read_table(train, "train.parquet")
    chosen_by = workspace.read_table(validation, "validation.parquet", [DIGESTS])
    known = pc.unique(pa.concat_tables([trained_on.select([DIGESTS]), chosen_by])[DIGESTS])
    workspace.write_table(pa.table({DIGESTS: known}), KNOWN)
    trained_on = trained_on.drop_columns(DIGESTS)
    profile = profile_reviews(trained_on, trained_on.column_names)
    workspace.write_json(profile.model_dump(mode="json"), PROFILE)
    test = workspace.read_table(comparison.test, "test.parquet", ["description"])
    estimated = workspace.read_table(comparison.evaluated, PREDICTIONS, ["estimated_points"])
    sample = choose_sample(test["description"], estimated["estimated_points"])
    workspace.write_table(sample, SAMPLE)


def reach_decision(
    workspace: Workspace,
    room: ChampionRoom,
    comparison: Comparison,
    parameters: PromotionParameters,
) -> Output:
    """Decide on a candidate whose copies are kept, and write the decision.

    Args:
        workspace: for reading the inputs and writing the decision.
        room: the champion's room.
        comparison: candidate, champion and history.
        parameters: of the promotion.
    """
    checks = make_checks(workspace, room, comparison, parameters)
    before = comparison.champion.version if comparison.champion else None
    decision = conclude_checks(checks, before is not None, say_success(comparison, checks))
    promoted = decision["verdict"] == Verdict.PROMOTED
    after = version_of(comparison.trained) if promoted else before
    decision |= {"champion_before": before, "champion_after": after}
    workspace.write_json(decision, DECISION)
    return Output(facts={key: value for key, value in decision.items() if key != "checks"})


def plan_promotion(run: Run, parameters: PromotionParameters, **inputs: Artifact) -> Artifact:
    """Look up the decision on a candidate that was reached, and followed, before.

    Args:
        run: the run.
        parameters: of the promotion.
        **inputs: as `promote_candidate` takes them.

    Returns:
        It, or a pending one.

    Raises:
        StoreError: the champion or its history is damaged.
    """
    pending = Artifact(stage="promote", address=PENDING, digest=PENDING)
    room = ChampionRoom(run.store)
    events = room.history()
    if find_unfinished(room, events) or any(i.digest == PENDING for i in inputs.values()):
        return pending
    lineage = trace_lineage(run, [inputs["trained"], inputs["evaluated"]])
    draft_under = functools.partial(_draft, inputs, lineage, parameters)
    found = run.find(_settle(room, events, draft_under)[1])
    return found if found and _is_noted(events, found) else pending


@action("promote", plan_promotion)
def promote_candidate(
    run: Run,
    trained: Artifact,
    evaluated: Artifact,
    train: Artifact,
    validation: Artifact,
    test: Artifact,
    parameters: PromotionParameters,
) -> tuple[Artifact, bool]:
    """Decide whether the candidate becomes the champion, make it so, and note it in the history.

    Returns:
        The decision, and whether it was reached before: by an earlier run of the same candidate
        under the same champion, or by the run that made this candidate the champion.
    """
    sides = {"train": train, "validation": validation, "test": test}
    inputs = {"trained": trained, "evaluated": evaluated} | sides
    lineage = trace_lineage(run, [trained, evaluated])
    draft_under = functools.partial(_draft, inputs, lineage, parameters)
    room = ChampionRoom(run.store)
    with contextlib.ExitStack() as held:
        with run.store.explain_errors():
            held.enter_context(room.alone())
            events = room.history()
            finish_change(room, events)
            before, draft = _settle(room, events, draft_under)
            reign = last_change(before)
            champion = Champion.made_by(reign) if reign else None
            comparison = Comparison(trained, evaluated, test, lineage, champion, before)
            found = run.find(draft)

        def decide(workspace: Workspace) -> Output:
            keep_copies(workspace, comparison, train, validation)
            return reach_decision(workspace, room, comparison, parameters)

        decision = found or _publish(run, draft, inputs, decide)
        with run.store.explain_errors():
            _note_decision(run, room, events, comparison, decision)
        return decision, found is not None


def _settle(
    room: ChampionRoom, events: list[Event], draft_under: Callable[[list[Event]], Artifact]
) -> tuple[list[Event], Artifact]:
    """Settle which events a decision is made after, and draft it."""
    champion = room.current()
    before = _before_its_own_promotion(room, champion, events, draft_under) if champion else events
    return before, draft_under(before)


def _publish(
    run: Run, draft: Artifact, inputs: dict[str, Artifact], decide: Callable[[Workspace], Output]
) -> Artifact:
    """Publish what `decide` writes; its own errors are not blamed on the store."""
    with contextlib.ExitStack() as held:
        with run.store.explain_errors():
            made = run.store.workspace("promote", draft.address, run.source)
            workspace = held.enter_context(made)
            check_unchanged(run, inputs.values())
        output = decide(workspace)
        with run.store.explain_errors():
            check_unchanged(run, inputs.values())
            return run.store.publish(draft, workspace, output, "promote" in run.refresh)


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
        **{name: lineage[name] for name in ("demo", *ORIGINS)},
    }
    ingredients = gather_ingredients([__name__], inputs, others)
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


def _is_noted(events: list[Event], decision: Artifact) -> bool:
    this = ("decision", decision.address, decision.facts["verdict"])
    return any((event.kind, event.decision, event.verdict) == this for event in events)


def _note_decision(
    run: Run, room: ChampionRoom, events: list[Event], comparison: Comparison, decision: Artifact
) -> None:
    """Note a decision in the history and follow it; done again, it changes nothing."""
    if _is_noted(events, decision):
        return
    verdict = decision.facts["verdict"]
    stages = (comparison.trained, comparison.evaluated, decision)
    outputs = {artifact.stage: artifact for artifact in stages}
    about: dict[str, Any] = {
        "kind": "decision",
        "verdict": verdict,
        "reason": decision.facts["reason"],
        "version": version_of(comparison.trained),
        "decision": decision.address,
        "lineage": trace_lineage(run, list(stages)),
        "metrics": take_metrics(comparison.evaluated),
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
