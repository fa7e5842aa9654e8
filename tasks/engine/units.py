"""Units: parts of a stage's work that are cached by themselves, such as the reading of one file.

A unit is a plain function, like a stage:

    @unit("read")
    def read_file(workspace, source: Artifact, contract: Contract) -> Output: ...

The function of a stage runs it for each of its parts: `run_units(workspace, read_file, calls)`.
The cache key is made from the arguments, as that of a stage is. So if one of seven files changes,
or a run was killed after the third, the outputs of the other units are found in the store. A unit
is no Prefect task: a hundred tasks would take ten seconds. Prefect retries the stage, which then
finds the units that ended.

The output of a stage holds all that later stages read, by links to the files of its units.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tasks.configuration.errors import SourceError
from tasks.engine.caching import check_code
from tasks.engine.interrupts import check_interrupt
from tasks.engine.stages import draft_output
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace


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
    store = Store(workspace.objects, workspace.records.scope)
    outputs = {}
    for name, arguments in calls.items():
        check_interrupt()
        try:
            outputs[name] = _find_or_make(store, workspace, called, arguments)
        except SourceError as error:
            raise SourceError(f"{name}: {error}" if name else str(error)) from error
    return outputs


def _find_or_make(
    store: Store, workspace: Workspace, called: Unit, arguments: tuple[Any, ...]
) -> Artifact:
    draft = draft_output(called.name, called.function, False, arguments, {})

    def find() -> Artifact | None:
        if workspace.refreshing:
            return None
        with store.explain_errors():
            return store.look_up(draft.stage, draft.address)

    if (found := find()) is None:
        with contextlib.ExitStack() as stack:
            # An OSError of the function itself must not be reported as an error of the store.
            with store.explain_errors():
                own = stack.enter_context(
                    store.workspace(draft.stage, draft.address, workspace.source)
                )
            # Another run may have published the output while this one waited for the workspace.
            if (found := find()) is None:
                output = called.function(own, *arguments)
                check_code()
                with store.explain_errors():
                    found = store.publish(draft, own, output, workspace.refreshing)
    store.note_use(found)
    workspace.units[found.path] = None
    return found
