"""Lineage: what a model was made from and by, as the history keeps it."""

from __future__ import annotations

from typing import Any

from tasks.champions.copies import COPIES
from tasks.champions.history import Event
from tasks.engine.artifacts import Artifact
from tasks.engine.file_sets import Sources
from tasks.engine.store import Store

METRICS = ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
"""Facts of the evaluation that the history keeps."""


def version_of(trained: Artifact) -> str:
    """Return a model's version: the first 16 hexadecimal digits of its digest."""
    return trained.digest[:16]


def trace_lineage(
    source: str, demo: bool, contract_version: str | None, outputs: list[Artifact]
) -> dict[str, Any]:
    """Collect what a model was made from and by.

    Args:
        source: the source as people named it.
        demo: whether the reviews are made up.
        contract_version: version of the data contract that the reviews passed.
        outputs: of the stages from the split to the decision.

    Returns:
        `source`, `demo`, `contract_version`; `data`, the digest of all texts and points; and by
        stage `digests` and `outputs` (paths in the store), `parameters` (by argument name), `code`
        (the SHA-256 of each file that ran, by path) and `libraries` with their versions.
    """

    def union(key: str) -> dict[str, str]:
        found = [output.ingredients.get(key, {}) for output in outputs]
        return dict(sorted(item for part in found for item in part.items()))

    return {
        "source": source,
        "demo": demo,
        "contract_version": contract_version,
        "data": next((o.facts["data"] for o in outputs if o.stage == "split"), None),
        "digests": {output.stage: output.digest for output in outputs},
        "outputs": {output.stage: output.path for output in outputs},
        "parameters": {o.stage: o.ingredients.get("parameters", {}) for o in outputs},
        "code": union("code"),
        "libraries": union("libraries"),
    }


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
