"""Lineage: what a model was made from and by, as the history keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tasks.champions.copies import COPIES
from tasks.champions.history import Event
from tasks.engine.run import Run
from tasks.storage.artifacts import Artifact, merge_ingredients
from tasks.storage.file_sets import Sources
from tasks.storage.store import Store

METRICS = ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
"""Facts of the evaluation that the history keeps."""

ORIGINS = ("contract_version", "data", "delivery")
"""Facts of earlier stages that every lineage holds."""


def version_of(trained: Artifact) -> str:
    """Return a model's version: the first 16 hexadecimal digits of its digest."""
    return trained.digest[:16]


def follow_inputs(made: Iterable[Artifact], ends: Iterable[Artifact]) -> list[Artifact]:
    """Find all artifacts that others were made from, by the digests that their addresses hold.

    Args:
        made: the artifacts of the run.
        ends: where to begin.

    Returns:
        The ends and all that they were made from, the nearest first.

    Raises:
        LookupError: an input is not among the artifacts of the run.
    """
    made, found = list(made), list(ends)
    for artifact in found:
        for name, digest in artifact.ingredients.get("inputs", {}).items():
            sources = [other for other in made if other.provides(digest)]
            if not sources:
                raise LookupError(
                    f"{artifact.path} was made from an input {name} with the digest {digest}, and"
                    " no stage of this run made one"
                )
            found += [other for other in sources if other not in found]
    return found


def trace_lineage(run: Run, ends: list[Artifact]) -> dict[str, Any]:
    """Collect what a model was made from and by.

    Args:
        run: that made it; its stages so far.
        ends: the artifacts that nothing else was made from yet.

    Returns:
        `source`, `demo`; `contract_version`, `data` and `delivery` (digests of texts and points),
        each as the stage nearest to the ends tells it; and by stage `digests` and `outputs` (paths
        in the store), `parameters` (by argument name), `code` (the SHA-256 of each file that ran,
        by path) and `libraries` with their versions.

    Raises:
        LookupError: an input, or what a lineage holds, is missing.
    """
    # A file to compare with may have come to the same content by stages of its own.
    own = [o.artifact for name, o in run.outcomes.items() if name == o.artifact.stage]
    outputs = follow_inputs(own, ends)

    return {
        "source": run.source,
        "demo": run.demo,
        **{fact: _nearest_fact(outputs, fact) for fact in ORIGINS},
        "digests": {output.stage: output.digest for output in outputs},
        "outputs": {output.stage: output.path for output in outputs},
        "parameters": {o.stage: o.ingredients.get("parameters", {}) for o in outputs},
        "code": merge_ingredients(outputs, "code"),
        "libraries": merge_ingredients(outputs, "libraries"),
    }


def _nearest_fact(outputs: list[Artifact], fact: str) -> Any:
    told = [output.facts[fact] for output in outputs if fact in output.facts]
    if not told:
        stages = ", ".join(output.stage for output in outputs)
        raise LookupError(f"none of the stages {stages} tells the fact {fact!r}")
    return told[0]


def look_up_outputs(store: Store, event: Event) -> dict[str, Artifact]:
    """Look up, by stage, the outputs that an event is about, where they still are what they were.

    An output that was made again since lies at the same address with other content.
    """
    digests = event.lineage.get("digests", {})
    found = {
        stage: store.look_up(*path.split("/"))
        for stage, path in event.lineage.get("outputs", {}).items()
    }
    return {
        stage: output
        for stage, output in found.items()
        if output is not None and output.digest == digests.get(stage)
    }


def take_metrics(evaluated: Artifact) -> dict[str, Any]:
    """Take the figures that the history keeps from an evaluation's facts."""
    return {name: evaluated.facts[name] for name in METRICS}


def list_sources(store: Store, outputs: dict[str, Artifact]) -> Sources:
    """List the files that a candidate's champion would hold.

    Args:
        store: the store.
        outputs: its artifacts by stage.
    """
    return {
        name: (store.path_of(outputs[stage], name), outputs[stage].files[name])
        for name, stage in COPIES.items()
    }
