"""Promote: the candidate, the champion and the test set -> the decision.

A candidate becomes the champion if

- its MAE is smaller than that of each baseline, on the test rows whose text it has not seen,
- its MAE is smaller than the champion's, or, with newer data, larger by less than the margin, on
  the test rows whose text neither of the two has seen in training or validation,
- no large slice gets worse by more than the bound, and
- its saved file reproduces its predictions in a fresh process.

The paired bootstrap must confirm each difference. No other module compares models on the test set.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
from typing import Any

from data_contracts.dataset import Dataset
from tasks.champions.candidate_files import write_copies
from tasks.champions.champion import Champion, ChampionRegistry
from tasks.champions.comparison import Comparison, describe_success, make_checks
from tasks.champions.gate import conclude_checks, list_unbeaten
from tasks.champions.history import DecidedMeanwhileError, Event
from tasks.champions.installation import (
    append_next_event,
    find_unfinished,
    finish_change,
    install,
)
from tasks.champions.lineage import (
    ORIGINS,
    list_sources,
    take_metrics,
    trace_lineage,
    version_of,
)
from tasks.champions.succession import last_change
from tasks.configuration.errors import TransientError
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.verdicts import Verdict
from tasks.engine.caching import address_of, gather_ingredients
from tasks.engine.run import PENDING, Run
from tasks.engine.stages import action, check_unchanged, produce
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

DECISION = "decision.json"


def write_decision(
    workspace: Workspace,
    registry: ChampionRegistry,
    comparison: Comparison,
    parameters: PromotionParameters,
) -> Output:
    """Decide on a candidate after `write_copies`, and write the decision.

    Args:
        workspace: reads the inputs and writes the decision.
        registry: the champion registry.
        comparison: candidate, champion and history.
        parameters: of the promotion.
    """
    checks = make_checks(workspace, registry, comparison, parameters)
    before = comparison.champion.version if comparison.champion else None
    decision = conclude_checks(checks, before is not None, describe_success(comparison, checks))
    promoted = decision["verdict"] == Verdict.PROMOTED
    after = version_of(comparison.trained) if promoted else before
    decision |= {"champion_before": before, "champion_after": after}
    decision |= {"not_beaten": list_unbeaten(checks)}
    workspace.write_json(decision, DECISION)
    return Output(facts={key: value for key, value in decision.items() if key != "checks"})


def plan_promotion(
    run: Run, dataset: Dataset, parameters: PromotionParameters, **inputs: Artifact
) -> Artifact:
    """Look up an earlier decision on the same candidate; see `promote_candidate`.

    Returns:
        The decision if the history holds it, else a pending artifact.

    Raises:
        StoreError: the champion or its history is damaged.
    """
    pending = Artifact(stage="promote", address=PENDING, digest=PENDING)
    registry = ChampionRegistry(run.store)
    events = registry.history()
    if find_unfinished(registry, events) or any(i.digest == PENDING for i in inputs.values()):
        return pending
    lineage = trace_lineage(run, [inputs["trained"], inputs["evaluated"]])
    draft_under = functools.partial(_draft, inputs, lineage, dataset, parameters)
    found = run.find(_draft_decision(registry, events, draft_under)[1])
    return found if found and _is_recorded(events, found) else pending


@action("promote", plan_promotion)
def promote_candidate(
    run: Run,
    trained: Artifact,
    evaluated: Artifact,
    train: Artifact,
    validation: Artifact,
    test: Artifact,
    dataset: Dataset,
    parameters: PromotionParameters,
) -> tuple[Artifact, bool]:
    """Decide on the candidate, append the decision to the history, and install a new champion.

    Returns:
        The decision, and whether it was a cache hit: an earlier run decided on the same candidate
        against the same champion, or promoted this candidate, which still is the champion.
    """
    sides = {"train": train, "validation": validation, "test": test}
    inputs = {"trained": trained, "evaluated": evaluated} | sides
    lineage = trace_lineage(run, [trained, evaluated])
    draft_under = functools.partial(_draft, inputs, lineage, dataset, parameters)
    registry = ChampionRegistry(run.store)
    with contextlib.ExitStack() as stack:
        with run.store.explain_errors():
            stack.enter_context(registry.lock())
            events = registry.history()
            finish_change(registry, events)
            before, draft = _draft_decision(registry, events, draft_under)
            comparison = Comparison(trained, evaluated, test, dataset, lineage, before)
            found = run.find(draft)

        def decide(workspace: Workspace) -> Output:
            with run.store.explain_errors():
                check_unchanged(run, inputs.values())
            write_copies(workspace, comparison, train, validation)
            return write_decision(workspace, registry, comparison, parameters)

        decision = found or produce(run, draft, inputs.values(), decide)[0]
        with run.store.explain_errors():
            _record_decision(run, registry, events, comparison, decision)
        return decision, found is not None


def _draft_decision(
    registry: ChampionRegistry, events: list[Event], draft_under: Callable[[list[Event]], Artifact]
) -> tuple[list[Event], Artifact]:
    """Return the events that the decision follows, and its draft."""
    champion = registry.current()
    before = _before_own_promotion(registry, champion, events, draft_under) if champion else events
    return before, draft_under(before)


def _draft(
    inputs: dict[str, Artifact],
    lineage: dict[str, Any],
    dataset: Dataset,
    parameters: PromotionParameters,
    events: list[Event],
) -> Artifact:
    """Draft the decision; the champion that `events` lead to enters its cache key."""
    reign = last_change(events)
    others = {
        "dataset": dataset,
        "parameters": parameters,
        "champion": [reign.version, reign.number] if reign else None,
        **{name: lineage[name] for name in ("demo", *ORIGINS)},
    }
    ingredients = gather_ingredients([__name__], inputs, others)
    address = address_of("promote", ingredients)
    return Artifact(stage="promote", address=address, digest="", ingredients=ingredients)


def _before_own_promotion(
    registry: ChampionRegistry,
    champion: Champion,
    events: list[Event],
    draft_under: Callable[[list[Event]], Artifact],
) -> list[Event]:
    """Drop the events since the candidate's own promotion, if that made the present champion.

    Its cache key then is that of the promotion, so that the candidate is not compared with itself.
    """
    own = next((e for e in events if e.folder and e.decision == champion.decision), None)
    if own is None or own.kind != "decision":
        return events
    before = [event for event in events if event.number < own.number]
    if draft_under(before).address != own.decision:
        return events
    previous = Champion.after(before)
    return before if previous is None or registry.is_intact(previous) else events


def _is_recorded(events: list[Event], decision: Artifact) -> bool:
    this = ("decision", decision.address, decision.facts["verdict"])
    return any((event.kind, event.decision, event.verdict) == this for event in events)


def _record_decision(
    run: Run,
    registry: ChampionRegistry,
    events: list[Event],
    comparison: Comparison,
    decision: Artifact,
) -> None:
    """Append the decision to the history, unless it is there, and install a new champion."""
    if _is_recorded(events, decision):
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
            install(registry, events, list_sources(run.store, outputs), **about)
        else:
            append_next_event(registry, events, **about)
    except DecidedMeanwhileError as error:
        # Prefect retries the task, which then compares the candidate with the new champion.
        raise TransientError(str(error)) from error
