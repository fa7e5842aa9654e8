"""Stages: Prefect tasks that look up their output in the store before they run.

A stage is a plain function that writes files to a workspace:

    @stage("split")
    def split_reviews(workspace, reviews: Artifact, parameters: SplitParameters) -> Output: ...

A flow calls it with the run in place of the workspace: `split_reviews(run, checked, ...)`. The
cache key is made from the arguments. On a cache hit the task ends in the state `Cached` without
running the function. On a miss it runs the function and publishes the output; of several runs that
need the same output, one runs the function at a time.
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
"""Names of the stages, in the order in which their modules were imported."""


def is_transient(_task: object, _run: object, state: State[Any]) -> bool:
    """Return whether a task run failed with a TransientError; Prefect retries no other error."""
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
"""Prefect's `task` without Prefect's cache and persisted results; retries only a TransientError."""


def stage(name: str, depends_on_facts: bool = False) -> Callable[[StageFunction[P]], Stage[P]]:
    """Decorate a function that writes its output to a workspace, to make it a stage.

    Args:
        name: its name in the store.
        depends_on_facts: the facts of the inputs enter the cache key beside their digests.
    """
    STAGES[name] = None

    def decorate(function: StageFunction[P]) -> Stage[P]:
        draft_for = functools.partial(draft_output, name, function, depends_on_facts)

        @stage_task(name=function.__name__)
        def look_up_or_run(run: Run, *args: Any, **kwargs: Any) -> State[Artifact]:
            draft = draft_for(args, kwargs)
            with run.store.explain_errors():
                found = run.find(draft)
            if found:
                return _cached(found)
            inputs = [*args, *kwargs.values()]
            artifact, reason = produce(run, draft, inputs, lambda w: function(w, *args, **kwargs))
            if reason is None:
                return _cached(artifact)
            return Completed(message=f"ran: {reason}", data=artifact)

        @functools.wraps(function)
        def call(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> Artifact:
            if not (run.planning or run.recalling):
                return _run_task(run, name, look_up_or_run, args, kwargs)
            draft = draft_for(args, kwargs)
            if found := run.find(draft):
                return run.record_planned(name, found, "")
            return run.record_planned(name, draft, run.explain(draft))

        return call

    return decorate


def action(name: str, plan_as: Callable[..., Artifact]) -> Callable[[ActionFunction[P]], Stage[P]]:
    """Decorate a step that always runs and reports whether it was a cache hit.

    Args:
        name: its name among the stages.
        plan_as: called in a dry run instead; returns the output if it is stored, else an artifact
            without files.
    """
    STAGES[name] = None

    def decorate(function: ActionFunction[P]) -> Stage[P]:
        @stage_task(name=function.__name__)
        def act(run: Run, *args: Any, **kwargs: Any) -> State[Artifact]:
            artifact, cached = function(run, *args, **kwargs)
            return _cached(artifact) if cached else Completed(message=artifact.path, data=artifact)

        @functools.wraps(function)
        def call(run: Run, /, *args: P.args, **kwargs: P.kwargs) -> Artifact:
            if not (run.planning or run.recalling):
                return _run_task(run, name, act, args, kwargs)
            return run.record_planned(name, plan_as(run, *args, **kwargs), "it runs every time")

        return call

    return decorate


def draft_output(
    name: str, function: Callable[..., Output], depends_on_facts: bool, args: Any, kwargs: Any
) -> Artifact:
    """Draft the artifact of a call, with the address that its arguments give."""
    bound = inspect.signature(function).bind(None, *args, **kwargs)
    bound.apply_defaults()
    values = dict(list(bound.arguments.items())[1:])
    inputs = {k: v for k, v in values.items() if isinstance(v, Artifact)}
    others = {k: v for k, v in values.items() if k not in inputs}
    trainers = [v.trained_by for v in others.values() if isinstance(v, ModelParameters)]
    ingredients = gather_ingredients([function.__module__, *trainers], inputs, others)
    if depends_on_facts:
        facts = {k: digest_json(_without_durations(v.facts)) for k, v in inputs.items()}
        ingredients["facts"] = facts
    pending = any(artifact.digest == PENDING for artifact in inputs.values())
    address = PENDING if pending else address_of(name, ingredients)
    return Artifact(stage=name, address=address, digest=PENDING, ingredients=ingredients)


def _without_durations(facts: dict[str, Any]) -> dict[str, Any]:
    """Leave out durations, which differ from run to run."""
    return {key: value for key, value in facts.items() if not key.endswith("_seconds")}


def _cached(found: Artifact) -> State[Artifact]:
    return Completed(name="Cached", message=f"found {found.path}", data=found)


def produce(
    run: Run, draft: Artifact, inputs: Iterable[Any], function: Callable[[Workspace], Output]
) -> tuple[Artifact, str | None]:
    """Run a function in the workspace of a draft, and publish its output.

    Args:
        run: the run.
        draft: the artifact that the function makes.
        inputs: see `check_unchanged`.
        function: writes the output to the workspace.

    Returns:
        The artifact, and why the function ran; None if another run published the output meanwhile.
    """
    with contextlib.ExitStack() as stack:
        # An OSError of the function itself must not be reported as an error of the store.
        with run.store.explain_errors():
            workspace = stack.enter_context(_workspace(run, draft))
            # Another run may have published the output while this one waited for the workspace.
            if found := run.find(draft):
                return found, None
            reason = run.explain(draft)
        workspace.refreshing = draft.stage in run.refresh
        get_run_logger().info("%s runs: %s", draft.stage, reason)
        started = time.monotonic()
        output = function(workspace)
        with run.store.explain_errors():
            check_unchanged(run, inputs)
            seconds = round(time.monotonic() - started, 3)
            made = {"seconds": seconds, "units": tuple(workspace.units)}
            draft = draft.model_copy(update=made)
            return run.store.publish(draft, workspace, output, workspace.refreshing), reason


def _workspace(run: Run, draft: Artifact) -> AbstractContextManager[Workspace]:
    """Make the workspace of a draft; log a message if another run holds it."""
    with run.store.lock(f"{draft.stage}-{draft.address}", wait=False) as is_free:
        if not is_free:
            get_run_logger().info("%s waits for another run with the same output", draft.stage)
    return run.store.workspace(draft.stage, draft.address, run.source)


def check_unchanged(run: Run, arguments: Iterable[Any]) -> None:
    """Check that neither the code nor an input changed since the stage began.

    Args:
        run: the run, for its store.
        arguments: of the stage; only artifacts are checked.

    Raises:
        StoreError: an input was replaced or damaged.
        CodeChangedError: the code changed.
    """
    check_code()
    # Several inputs may be parts of one artifact: verify its files once.
    look_up = functools.cache(run.store.look_up)
    for artifact in (a for a in arguments if isinstance(a, Artifact)):
        found = look_up(artifact.stage, artifact.address)
        if found is None or not found.provides(artifact.digest):
            raise StoreError(
                f"{run.store.records.place(artifact.path)}: replaced or damaged while it was read;"
                " run again"
            )


def _run_task(run: Run, name: str, prefect_task: Any, args: Any, kwargs: Any) -> Artifact:
    """Call the task, record its outcome, and return its artifact or raise its error."""
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
