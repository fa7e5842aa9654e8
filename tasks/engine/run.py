"""One run of a flow over a store: what was asked of it, what became of each stage, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store

PENDING = "pending"
"""Digest of an output that a dry run cannot know."""


class NotStoredError(LookupError):
    """A run that recalls would have to work."""


class Outcome(NamedTuple):
    """What became of one stage in this run.

    Attributes:
        state: `Completed` or `Cached`; in a dry run `WouldRun` or `Cached`.
        seconds: time from the call to the end of the task.
        reason: why it ran, or where its output was found.
        artifact: its output; in a dry run perhaps one with the digest `PENDING`.
    """

    state: str
    seconds: float
    reason: str
    artifact: Artifact


class Reason(NamedTuple):
    """Why a stage has to run, in words for people.

    Attributes:
        before: as it is said before the stage has run.
        after: the same, once its output is there.
    """

    before: str
    after: str

    @classmethod
    def lasting(cls, words: str) -> Reason:
        """Take words that are true before and after."""
        return cls(words, words)


class Run:
    """One run; every stage reports to it.

    Attributes:
        store: where outputs are looked up and published.
        source: the source as people named it, for messages only.
        refresh: stages that run even when their output is there.
        planning: a dry run: stages are looked up, none runs.
        recalling: stages are looked up, and the first one that would run ends the run.
        outcomes: by stage, in the order in which they ended; those of another run that this one
            needed are among them, under names of their own.
    """

    def __init__(
        self,
        store: Store,
        source: str,
        refresh: Iterable[str] = (),
        planning: bool = False,
        recalling: bool = False,
    ) -> None:
        """Begin with no outcomes."""
        self.store, self.source = store, source
        self.refresh = frozenset(refresh)
        self.planning, self.recalling = planning, recalling
        self.outcomes: dict[str, Outcome] = {}

    @property
    def demo(self) -> bool:
        """Whether the reviews are made up."""
        return self.source == "demo"

    def take_over(self, other: Run, prefix: str) -> None:
        """Count what another run did for this one among this one's outcomes."""
        self.outcomes |= {f"{prefix}{name}": o for name, o in other.outcomes.items()}

    def find(self, draft: Artifact) -> Artifact | None:
        """Return the output at the draft's address, unless there is none or it is to be renewed."""
        if draft.stage in self.refresh:
            return None
        return self.store.look_up(draft.stage, draft.address)

    def note_planned(self, name: str, planned: Artifact, reason: str) -> Artifact:
        """Note what a stage would give, which is its output where that is stored.

        Raises:
            NotStoredError: the run recalls, and the stage would run.
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

    def explain(self, draft: Artifact) -> Reason:
        """Say why a stage has to run, by comparison with its newest output."""
        if draft.stage in self.refresh:
            return Reason.lasting("asked for by refresh")
        pending = [k for k, v in draft.ingredients["inputs"].items() if v == PENDING]
        if pending:
            return Reason.lasting(f"if what it reads ({', '.join(pending)}) comes out different")
        if self.store.holds(draft.stage, draft.address):
            damaged = "damaged or incomplete"
            return Reason(f"its output is {damaged}", f"its output was {damaged}")
        newest = self.store.newest(draft.stage)
        if newest is None:
            return Reason("there is no output of it yet", "the store held no output of it")
        if changes := _differences(newest.ingredients, draft.ingredients):
            return Reason.lasting("; ".join(changes))
        return Reason("its earlier output is gone", "its earlier output was gone")


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Name what changed between the ingredients of two outputs: parameters with their values."""
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
    return f"{name} from {before[name]} to {after[name]}"


def flatten(value: Any, where: str = "") -> dict[str, Any]:
    """Name each value of nested objects by its path, with points between the keys."""
    if not isinstance(value, dict):
        return {where: value}
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= flatten(inner, f"{where}.{key}" if where else key)
    return flat
