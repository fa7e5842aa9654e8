"""Lineage: the data, parameters, code and libraries of a model, as the history holds them."""

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
"""Facts of the evaluation that the history holds."""

ORIGINS = ("contract", "contract_version", "data", "delivery")
"""Facts of the stages before the training that every lineage holds."""


def version_of(trained: Artifact) -> str:
    """Return the version of a model: the first 16 hexadecimal digits of its digest."""
    return trained.digest[:16]


def follow_inputs(outputs: Iterable[Artifact], ends: Iterable[Artifact]) -> list[Artifact]:
    """Find the artifacts that `ends` were made from, directly or not, by the digests of inputs.

    Args:
        outputs: all artifacts of the run.
        ends: the artifacts to start from.

    Returns:
        The ends and their ancestors, the nearest first.

    Raises:
        LookupError: an input is not among the artifacts of the run.
    """
    outputs, found = list(outputs), list(ends)
    for artifact in found:
        for name, digest in artifact.ingredients.get("inputs", {}).items():
            sources = [other for other in outputs if other.provides(digest)]
            if not sources:
                raise LookupError(
                    f"{artifact.path} was made from an input {name} with the digest {digest}, and"
                    " no stage of this run made one"
                )
            found += [other for other in sources if other not in found]
    return found


def trace_lineage(run: Run, ends: list[Artifact]) -> dict[str, Any]:
    """Collect the lineage of a model.

    Args:
        run: the run that made the model.
        ends: the newest artifacts of the model, such as the evaluation.

    Returns:
        `source` and `demo`; the facts `contract_version`, `data` and `delivery` (digests of texts
        and targets), each from the stage nearest to the ends; and by stage `digests`, `outputs`
        (paths in the store) and `parameters` (by argument name). `code` holds the SHA-256 of each
        file by path, `libraries` the versions by name.

    Raises:
        LookupError: an input or one of the facts is missing.
    """
    # Outcomes of a reference file are left out; their names have a prefix.
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
    for output in outputs:
        if fact in output.facts:
            return output.facts[fact]
    stages = ", ".join(output.stage for output in outputs)
    raise LookupError(f"none of the stages {stages} has the fact {fact!r}")


def look_up_outputs(store: Store, event: Event) -> dict[str, Artifact]:
    """Look up the outputs of an event by stage; skip those that are gone or have another digest.

    A refreshed stage may have replaced the output at the same address.
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
    """Select the facts of an evaluation that the history holds."""
    return {name: evaluated.facts[name] for name in METRICS}


def list_sources(store: Store, outputs: dict[str, Artifact]) -> Sources:
    """List the files to copy for a champion.

    Args:
        store: the store.
        outputs: artifacts of the model by stage.
    """
    return {
        name: (store.path_of(outputs[stage], name), outputs[stage].files[name])
        for name, stage in COPIES.items()
    }
