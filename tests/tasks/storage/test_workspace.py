from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.configuration.errors import StoreError
from tasks.storage.artifacts import Artifact
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace

TABLE = pa.table({"a": [1]})


def write_by_itself(workspace: Workspace) -> None:
    with workspace.writing("file") as path:
        path.write_bytes(b"1")


WRITES: dict[str, Callable[[Workspace], None]] = {
    "table": lambda workspace: workspace.write_table(TABLE, "file"),
    "JSON": lambda workspace: workspace.write_json([1], "file"),
    "text": lambda workspace: workspace.write_text("1", "file"),
    "by itself": write_by_itself,
    "state": lambda workspace: workspace.state("file").write(b"1"),
}


def fail(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("write", sorted(WRITES))
def test_a_full_disk_is_told_as_the_stores(
    store: Store, monkeypatch: pytest.MonkeyPatch, write: str
) -> None:
    with store.workspace("split", "0" * 32) as workspace:
        WRITES[write](workspace)
        for owner, name in ((pq, "write_table"), (os, "fsync")):
            monkeypatch.setattr(owner, name, fail)
        for name in ("write_bytes", "write_text"):
            monkeypatch.setattr(Path, name, fail)
        with pytest.raises(StoreError, match=rf"^{store.root}: the disk is full"):
            WRITES[write](workspace)


def test_another_place_is_named_as_the_kind_of_store_names_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.objects, "explain_errors", lambda: contextlib.suppress(OSError))
    with store.workspace("split", "0" * 32) as workspace, workspace.writing("file"):
        fail()


def test_an_input_that_may_not_be_read_is_told_as_the_stores(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = Artifact(stage="split", address="1" * 32, digest="")
    path = store.path_of(artifact, "file")
    path.parent.mkdir(parents=True)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(pq, "read_table", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with store.workspace("split", "0" * 32) as workspace:
        for read in (workspace.read_table, workspace.read_json):
            with pytest.raises(StoreError, match="no permission to work here"):
                read(artifact, "file")
