"""A run of a flow: its options, and the outcome of each stage."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from data_contracts.contract import Contract
from tasks.configuration.contract import load_contract
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store

CHANGE_CHARACTERS_MAX = 120
"""Of a parameter with longer values, a reason gives only the name."""
PENDING = "pending"
"""Digest of an output that a dry run cannot know."""


class NotStoredError(LookupError):
    """A recalling run needs a stage whose output is not stored."""


class Outcome(NamedTuple):
    """The outcome of a stage in this run.

    Attributes:
        state: `Completed` or `Cached`; in a dry run `WouldRun` or `Cached`.
        seconds: time from the call to the end of the task.
        reason: why the stage ran, or where its output was found.
        artifact: its output; in a dry run its digest may be `PENDING`.
    """

    state: str
    seconds: float
    reason: str
    artifact: Artifact


class Run:
    """A run of a flow, which collects the outcome of each stage.

    Attributes:
        store: where outputs are looked up and published.
        source: the source's name, for messages only.
        contract: the data contract.
        refresh: stages that run even if their output is stored.
        planning: a dry run: stages are looked up, and none runs.
        recalling: stages are looked up, and a NotStoredError ends the run where one would run.
        outcomes: by stage, in the order in which they ended. Outcomes that `take_over` added have
            a prefix.
    """

    def __init__(
        self,
        store: Store,
        source: str,
        refresh: Iterable[str] = (),
        planning: bool = False,
        recalling: bool = False,
        contract: Contract | None = None,
    ) -> None:
        """Make a run without outcomes, by default with the default contract."""
        self.store, self.source = store, source
        self.contract = contract or load_contract()
        self.refresh = frozenset(refresh)
        self.planning, self.recalling = planning, recalling
        self.outcomes: dict[str, Outcome] = {}

    @property
    def demo(self) -> bool:
        """Whether the source is the made-up demo reviews."""
        return self.source == "demo"

    def take_over(self, other: Run, prefix: str) -> None:
        """Add the outcomes of another run to this one's, under prefixed names."""
        self.outcomes |= {f"{prefix}{name}": o for name, o in other.outcomes.items()}

    def find(self, draft: Artifact) -> Artifact | None:
        """Return the stored output of a draft; None if there is none or the stage is refreshed."""
        if draft.stage in self.refresh:
            return None
        return self.store.look_up(draft.stage, draft.address)

    def record_planned(self, name: str, planned: Artifact, reason: str) -> Artifact:
        """Record the planned outcome of a stage in a dry or recalling run.

        Args:
            name: of the stage.
            planned: its stored output, or an artifact without files.
            reason: why the stage would run.

        Raises:
            NotStoredError: the run is recalling, and the output is not stored.
        """
        if planned.files:
            if self.recalling:
                self.store.note_use(planned)
            self.outcomes[name] = Outcome("Cached", 0.0, f"found {planned.path}", planned)
        elif self.recalling:
            raise NotStoredError(name)
        else:
            self.outcomes[name] = Outcome("WouldRun", 0.0, reason, planned)
        return planned

    def explain(self, draft: Artifact) -> str:
        """Explain why a stage has to run, by comparing it with the contract's newest output."""
        if draft.stage in self.refresh:
            return "asked for by refresh"
        pending = [k for k, v in draft.ingredients["inputs"].items() if v == PENDING]
        if pending:
            return f"runs if its inputs ({', '.join(pending)}) change"
        if self.store.holds(draft.stage, draft.address):
            return "its output was damaged or incomplete"
        newest = self.store.newest(draft.stage)
        if newest is None:
            return "its output is not in the store"
        if changes := _differences(newest.ingredients, draft.ingredients):
            return "; ".join(changes)
        return "its earlier output was gone"


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """List the differences between the ingredients of two outputs, parameters with values."""
    lines = []
    for kind in ("inputs", "facts", "parameters", "code", "libraries", "formats"):
        before, after = flatten(old.get(kind)), flatten(new.get(kind))
        names = [n for n in sorted(before.keys() | after.keys()) if before.get(n) != after.get(n)]
        if kind in ("parameters", "libraries"):
            names = [_name_change(name, before, after) for name in names]
        if names:
            lines.append(f"{kind} changed: {', '.join(names)}")
    return lines


def _name_change(name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    if name not in before:
        return f"{name} {after[name]} added"
    if name not in after:
        return f"{name} {before[name]} left out"
    change = f"{name} from {before[name]} to {after[name]}"
    return change if len(change) <= CHANGE_CHARACTERS_MAX else name


def flatten(value: Any, where: str = "") -> dict[str, Any]:
    """Flatten nested objects to a dict of values by dotted path, such as `split.seed`."""
    if not isinstance(value, dict):
        return {where: value}
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= flatten(inner, f"{where}.{key}" if where else key)
    return flat
