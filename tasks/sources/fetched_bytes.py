"""Bytes of a source in the store, at an address that is made of the bytes alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import FetchParameters
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store

SOURCE = "source"
"""Name of the one file that is published."""


def publish(store: Store, digest: str, put: Callable[[Path], object]) -> Artifact:
    """Publish the bytes of this SHA-256, which `put` brings to a path, unless they are there."""
    draft = draft_of(digest)
    if held := look_up(store, digest):
        return held
    with store.workspace(draft.stage, draft.address) as workspace:
        put(workspace.output / SOURCE)
        facts = {"size_bytes": (workspace.output / SOURCE).stat().st_size}
        return store.publish(draft, workspace, Output(facts=facts, digest=digest))


def draft_of(digest: str) -> Artifact:
    """Describe the artifact of the bytes of this SHA-256."""
    return Artifact(stage="fetch", address=digest[:32], digest=digest)


def look_up(store: Store, digest: str) -> Artifact | None:
    """Return the published bytes of this SHA-256 when they are there and undamaged, else None."""
    found = store.look_up("fetch", digest[:32])
    return found if found and found.digest == digest else None


def check_digest(shown: str, digest: str, parameters: FetchParameters) -> None:
    """Tell whether the bytes are those that were announced.

    Raises:
        SourceError: they are not.
    """
    if parameters.sha256 not in (None, digest):
        raise SourceError(
            f"{shown}: its SHA-256 is {digest}, not {parameters.sha256} as fetch.sha256 says; if"
            " the file was meant to change, set fetch.sha256 anew, otherwise do not use it"
        )
