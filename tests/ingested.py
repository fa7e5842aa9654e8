"""Files that are fetched and ingested, without a flow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from data_contracts.contract import Contract
from tasks.configuration.parameters import IngestParameters
from tasks.ingest import ingest_reviews
from tasks.sources.fetched_bytes import publish
from tasks.sources.many_files import FILES, FileList
from tasks.storage.artifacts import Artifact, digest_json
from tasks.storage.store import Store
from tests.contracts import WINE


def fetch_bytes(store: Store, content: bytes) -> Artifact:
    """Publish the bytes of a file."""
    digest = hashlib.sha256(content).hexdigest()
    return publish(store, digest, lambda path: path.write_bytes(content))


def fetch_files(store: Store, contents: Mapping[str, bytes]) -> Artifact:
    """Publish the bytes of files, and their list."""
    digests = {name: fetch_bytes(store, content).digest for name, content in contents.items()}
    listed = FileList.of(digests)
    return publish(store, listed.digest, listed.write, FILES)


def ingest(
    store: Store,
    fetched: Artifact,
    contract: Contract = WINE,
    parameters: IngestParameters = IngestParameters(),  # noqa: B008 - it is frozen
    source: str | Path = "the source",
) -> Artifact:
    """Ingest fetched files with the plain function beneath the stage."""
    address = digest_json([fetched.digest, contract.digest, str(parameters)])[:32]
    with store.workspace("ingest", address, str(source)) as workspace:
        output = ingest_reviews.__wrapped__(workspace, fetched, contract, parameters)
        draft = Artifact(stage="ingest", address=address, digest="")
        made = draft.model_copy(update={"units": tuple(workspace.units)})
        return store.publish(made, workspace, output, replace=True)
