"""The fetched bytes of a source in the store; their digest is their address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tasks.configuration.errors import SourceError
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store

SOURCE = "source"
"""Name of the published file."""


def publish(
    store: Store, digest: str, put: Callable[[Path], object], name: str = SOURCE
) -> Artifact:
    """Publish the bytes with this SHA-256, unless stored; `put` writes them to a path."""
    draft = draft_of(digest)
    if stored := look_up(store, digest):
        return stored
    with store.workspace(draft.stage, draft.address) as workspace:
        put(workspace.output / name)
        facts = {"size_bytes": (workspace.output / name).stat().st_size}
        return store.publish(draft, workspace, Output(facts=facts, digest=digest))


def draft_of(digest: str) -> Artifact:
    """Draft the artifact of the bytes with this SHA-256."""
    return Artifact(stage="fetch", address=digest[:32], digest=digest)


def look_up(store: Store, digest: str) -> Artifact | None:
    """Return the stored bytes with this SHA-256, or None if they are missing or damaged."""
    found = store.look_up("fetch", digest[:32])
    return found if found and found.digest == digest else None


def check_digest(shown: str, digest: str, sha256: str | None) -> None:
    """Check the SHA-256 of the bytes against the expected one, if that is known.

    Raises:
        SourceError: the digests differ.
    """
    if sha256 not in (None, digest):
        raise SourceError(
            f"{shown}: its SHA-256 is {digest}, not {sha256} as fetch.sha256 says; if"
            " the file was meant to change, set fetch.sha256 anew, otherwise do not use it"
        )
