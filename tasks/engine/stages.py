"""Stages: Prefect tasks whose output lies in the store, looked up before any work is done.

A stage is a plain function that writes files into a workspace:

    @stage("split")
    def split_reviews(workspace, reviews: Artifact, parameters: SplitParameters) -> Output: ...

and is called in a flow with the run in the workspace's place: `split_reviews(run, checked, ...)`.
Its arguments are its address. On a hit the task ends in the state `Cached` without working; on a
miss the function runs, alone among all runs that want the same, and its output is published.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, Concatenate, ParamSpec

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed
from prefect.tasks import exponential_backoff

from tasks.configuration.errors import PipelineError, StoreError, TransientError
from tasks.configuration.parameters import ModelParameters
from tasks.engine.caching import address_of, check_code, gather_ingredients
from tasks.engine.interrupts import check_interrupt
from tasks.engine.run import PENDING, Outcome, Run
from tasks.storage.artifacts import Artifact, Output, digest_json
from tasks.storage.workspace import Workspace

P = ParamSpec("P")
StageFunction = Callable[Concatenate[Workspace, P], Output]
ActionFunction = Callable[Concatenate[Run, P], tuple[Artifact, bool]]
Stage = Callable[Concatenate[Run, P], Artifact]

STAGES: dict[str, None] = {}
"""Names of all stages whose modules were imported, in that order."""


def is_transient(_task: object, _run: object, state: State[Any]) -> bool:
    """Tell Prefect whether trying again may help; the one retry rule."""
    return isinstance(state.result(raise_on_failure=False), TransientError)


stage_task = functools.partial(
    task,
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=4,
    retry_delay_seconds=exponential_backoff(backoff_factor=1),
    retry_jitter_factor=0.5,
    retry_condition_fn=is_transient,
)
"""Prefect's `task` with this project's policy: the store caches, only the transient is retried."""


def stage(name: str, shows_facts: bool = False) -> Callable[[StageFunction[P]], Stage[P]]:
    """Make a stage of a function that writes its output into a workspace.

    Args:
        name: its name in the store.
        shows_facts: the output depends on the facts of the inputs too, not on their digests alone.
    """
    STAGES[name] = None

    def decorate(function: StageFunction[P]) -> Stage[P]:
        draft_for = functools.partial(_draft, name, function, shows_facts)

        @stage_task(name=function.__name__)
        def look_up_or_work(run: Run, *args: Any, **kwargs: Any) -> State[Artifact]:
            draft = draft_for(args, kwargs)
            with run.store.explain_errors():
                found = _cached(run.find(draft))
            return found or _work(run, draft, function, args, kwargs)

        @functools.wraps(function)
        def call(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> Artifact:
            if not (run.planning or run.recalling):
                return _conclude(run, name, look_up_or_work, args, kwargs)
            draft = draft_for(args, kwargs)
            if found := run.find(draft):
                return run.note_planned(name, found, "")
            return run.note_planned(name, draft, run.explain(draft).before)

        return call

    return decorate


def action(name: str, plan_as: Callable[..., Artifact]) -> Callable[[ActionFunction[P]], Stage[P]]:
    """Decorate a step that always runs and reports whether it was a cache hit.

    Args:
        name: its name among the stages.
        plan_as: what a dry run calls instead: it returns the output where that is stored, else an
            artifact without files.
    """
    STAGES[name] = None

    def decorate(function: ActionFunction[P]) -> Stage[P]:
        @stage_task(name=function.__name__)
        def act(run: Run, *args: Any, **kwargs: Any) -> State[Artifact]:
            artifact, cached = function(run, *args, **kwargs)
            if cached:
                return _cached(artifact) or Completed(data=artifact)
            return Completed(message=artifact.path, data=artifact)

        @functools.wraps(function)
        def call(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> Artifact:
            if not (run.planning or run.recalling):
                return _conclude(run, name, act, args, kwargs)
            return run.note_planned(name, plan_as(run, *args, **kwargs), "it runs every time")

        return call

    return decorate


def _draft(
    name: str, function: Callable[..., Output], shows_facts: bool, args: Any, kwargs: Any
) -> Artifact:
    """Make the artifact-to-be of a call: its address is made of the call's arguments."""
    given = inspect.signature(function).bind(None, *args, **kwargs)
    given.apply_defaults()
    values = dict(list(given.arguments.items())[1:])
    inputs = {k: v for k, v in values.items() if isinstance(v, Artifact)}
    others = {k: v for k, v in values.items() if k not in inputs}
    chosen = [v.trained_by for v in others.values() if isinstance(v, ModelParameters)]
    ingredients = gather_ingredients([function.__module__, *chosen], inputs, others)
    if shows_facts:
        ingredients["facts"] = {k: digest_json(_lasting(v.facts)) for k, v in inputs.items()}
    pending = any(artifact.digest == PENDING for artifact in inputs.values())
    address = PENDING if pending else address_of(name, ingredients)
    return Artifact(stage=name, address=address, digest=PENDING, ingredients=ingredients)


def _lasting(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out how long something took, which differs each time it is made."""
    return {key: value for key, value in facts.items() if not key.endswith("_seconds")}


def _cached(found: Artifact | None) -> State[Artifact] | None:
    if found is None:
        return None
    return Completed(name="Cached", message=f"found {found.path}", data=found)


def _work(
    run: Run, draft: Artifact, function: Callable[..., Output], args: Any, kwargs: Any
) -> State[Artifact]:
    with contextlib.ExitStack() as held:
        # Errors of the function itself are not the store's.
        with run.store.explain_errors():
            workspace = held.enter_context(_workspace(run, draft))
            # Another run may have finished the same while this one waited for the workspace.
            if found := _cached(run.find(draft)):
                return found
            reason = run.explain(draft)
        get_run_logger().info("%s runs: %s", draft.stage, reason.before)
        started = time.monotonic()
        output = function(workspace, *args, **kwargs)
        with run.store.explain_errors():
            check_unchanged(run, [*args, *kwargs.values()])
            seconds = round(time.monotonic() - started, 3)
            draft = draft.model_copy(update={"seconds": seconds})
            made = run.store.publish(draft, workspace, output, replace=draft.stage in run.refresh)
        return Completed(message=f"ran: {reason.after}", data=made)


def _workspace(run: Run, draft: Artifact) -> AbstractContextManager[Workspace]:
    """Make the workspace of a draft, and say so where another run has it."""
    with run.store.lock(f"{draft.stage}-{draft.address}", wait=False) as free:
        if not free:
            get_run_logger().info("%s waits for another run that makes the same", draft.stage)
    return run.store.workspace(draft.stage, draft.address, run.source)


def check_unchanged(run: Run, arguments: Iterable[Any]) -> None:
    """Refuse an output whose code or inputs were replaced or damaged while they were read.

    Args:
        run: the run, for its store.
        arguments: of the stage; those that are no artifacts are passed over.

    Raises:
        StoreError: an input was.
        CodeChangedError: the code was.
    """
    check_code()
    # Parts of one artifact are verified together, once.
    look_up = functools.cache(run.store.look_up)
    for given in arguments:
        if isinstance(given, Artifact):
            found = look_up(given.stage, given.address)
            if found is None or not found.provides(given.digest):
                raise StoreError(
                    f"{run.store.records.place(given.path)}: replaced or damaged while it was read;"
                    " run again"
                )


def _conclude(run: Run, name: str, prefect_task: Any, args: Any, kwargs: Any) -> Artifact:
    """Call the task, note how it ended, and return its artifact or raise its error."""
    check_interrupt()
    started = time.monotonic()
    state = prefect_task(run, *args, **kwargs, return_state=True)
    try:
        artifact: Artifact = state.result()
    except PipelineError:
        raise
    except Exception as error:
        raise RuntimeError(f"the stage {name} failed: {type(error).__name__}: {error}") from error
    run.store.note_use(artifact)
    seconds = round(time.monotonic() - started, 3)
    run.outcomes[name] = Outcome(state.name or "", seconds, state.message or "", artifact)
    return artifact
