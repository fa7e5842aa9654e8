"""Units: parts of a stage's work that are cached by themselves, such as the reading of one file.

A unit is a plain function, like a stage:

    @unit("read")
    def read_file(workspace, source: Artifact, contract: Contract) -> Output: ...

The function of a stage runs it for each of its parts: `run_units(workspace, read_file, calls)`.
The cache key is made from the arguments, as that of a stage is. So if one of seven files changes,
or a run was killed after the third, the outputs of the other units are found in the store. A unit
is no Prefect task: a hundred tasks would take ten seconds. Prefect retries the stage, which then
finds the units that ended. Where much is missing, units run in processes of their own on all cores.

The output of a stage holds all that later stages read, by links to the files of its units.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tasks.configuration.errors import SourceError
from tasks.engine.caching import check_code
from tasks.engine.interrupts import check_interrupt
from tasks.engine.own_code import has_changed
from tasks.engine.processes import count_cores, run_in_processes
from tasks.engine.stages import draft_output
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.opening import open_store
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace

PROCESSES_INPUT_BYTES_MIN = 32 * 1024**2
"""Size of the inputs of missing units from which processes of their own save time.

A process needs 2 s to start, and a unit about 2 s for 12 MB of reviews as Parquet.
"""


class Unit(NamedTuple):
    """A unit.

    Attributes:
        name: in the store.
        function: takes a workspace and the arguments, and writes files to the workspace.
    """

    name: str
    function: Callable[..., Output]


def unit(name: str) -> Callable[[Callable[..., Output]], Unit]:
    """Decorate a function that writes its output to a workspace, to make it a unit."""
    return functools.partial(Unit, name)


class UnitCall(NamedTuple):
    """A unit to run with its arguments, in a form that another process can read.

    Attributes:
        module: of the unit.
        name: of the unit in its module.
        arguments: of its function.
        store: path or URL of the store.
        scope: see `Records`.
        source: name of the run's source, for messages.
        refreshing: whether it runs even if its output is stored.
    """

    module: str
    name: str
    arguments: tuple[Any, ...]
    store: str
    scope: str
    source: str
    refreshing: bool


def run_units(
    workspace: Workspace, called: Unit, calls: Mapping[str, tuple[Any, ...]]
) -> dict[str, Artifact]:
    """Look up the output of a unit for each call, and run the unit where it is missing.

    Args:
        workspace: of the stage.
        called: the unit.
        calls: the arguments of each call, by a name for messages; an empty name is not shown.

    Returns:
        The outputs by the same names.

    Raises:
        SourceError: the unit could not read its part; the message begins with the call's name.
    """
    outputs = dict[str, Artifact]()
    made = _find_or_make_all(workspace, called, [*calls.values()])
    for name in calls:
        check_interrupt()
        try:
            outputs[name] = next(made)
        except SourceError as error:
            raise SourceError(f"{name}: {error}" if name else str(error)) from error
        workspace.units[outputs[name].path] = None
    return outputs


def _find_or_make_all(
    workspace: Workspace, called: Unit, calls: Sequence[tuple[Any, ...]]
) -> Iterator[Artifact]:
    """Yield the output for each call, in order; run units on all cores if they have much to do."""
    scope, source, refreshing = workspace.records.scope, workspace.source, workspace.refreshing
    store = Store(workspace.objects, scope)
    found = [None if refreshing else _find(store, _draft(called, call)) for call in calls]
    missing = [call for call, output in zip(calls, found, strict=True) if output is None]
    cores = count_cores() if _is_much(missing) else 1
    if cores > 1 and not has_changed():
        module, name = called.function.__module__, called.function.__name__
        place = str(store)
        of_units = [UnitCall(module, name, c, place, scope, source, refreshing) for c in missing]
        made = run_in_processes(run_call, of_units, cores)
    else:
        made = (_find_or_make(store, called, call, source, refreshing) for call in missing)
    for output in found:
        if output is not None:
            store.note_use(output)
        yield output or next(made)


def run_call(call: UnitCall) -> Artifact:
    """Run a unit in this process, unless its output is stored."""
    called: Unit = getattr(importlib.import_module(call.module), call.name)
    store = open_store(call.store).scoped(call.scope)
    return _find_or_make(store, called, call.arguments, call.source, call.refreshing)


def _find_or_make(
    store: Store, called: Unit, arguments: tuple[Any, ...], source: str, refreshing: bool
) -> Artifact:
    """Run a unit in this process, unless its output is stored."""
    draft = _draft(called, arguments)
    with contextlib.ExitStack() as stack:
        # An OSError of the function itself must not be reported as an error of the store.
        with store.explain_errors():
            workspace = stack.enter_context(store.workspace(draft.stage, draft.address, source))
        # Another run may have published the output while this one waited for the workspace.
        found = None if refreshing else _find(store, draft)
        if found is None:
            output = called.function(workspace, *arguments)
            check_code()
            with store.explain_errors():
                found = store.publish(draft, workspace, output, refreshing)
    store.note_use(found)
    return found


def _find(store: Store, draft: Artifact) -> Artifact | None:
    with store.explain_errors():
        return store.look_up(draft.stage, draft.address)


def _draft(called: Unit, arguments: tuple[Any, ...]) -> Artifact:
    return draft_output(called.name, called.function, False, arguments, {})


def _is_much(calls: Sequence[tuple[Any, ...]]) -> bool:
    """Return whether units that run at the same time save time, by the size of their inputs."""
    inputs = (argument for call in calls for argument in call if isinstance(argument, Artifact))
    size = sum(file.size_bytes for artifact in inputs for file in artifact.files.values())
    return len(calls) > 1 and size >= PROCESSES_INPUT_BYTES_MIN
