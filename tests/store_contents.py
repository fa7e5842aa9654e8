"""What runs left in a store, for tests that compare."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from tasks.engine.run import Run
from tasks.storage.artifacts import Artifact
from tasks.storage.run_names import name_run
from tasks.storage.store import MANIFEST, Store

BODY = b"country,points\nItaly,87\n" * 10_000
"""What the sources of these tests hold."""


def published(run: Run, artifact: Artifact) -> bytes:
    assert run.store.look_up("fetch", artifact.address) == artifact
    return run.store.path_of(artifact, "source").read_bytes()


def tree(run: Run) -> dict[Path, tuple[int, int]]:
    paths = [p for p in run.store.root.rglob("*") if ".locks" not in p.parts]
    return {p: (p.stat().st_mtime_ns, p.stat().st_size) for p in paths}


def copies(run: Run) -> list[Path]:
    return [p for p in run.store.root.rglob("*") if p.is_file() and p.stat().st_size > 1_000]


def only_output(store: Path, stage: str) -> Artifact:
    """The one output of a stage in a store that is a folder."""
    (manifest,) = (store / stage).glob(f"*/{MANIFEST}")
    return Artifact.from_manifest(manifest.read_bytes())


def output_with(file: str | Path) -> Artifact:
    """The output that a file at its top belongs to."""
    return Artifact.from_manifest((Path(file).parents[1] / MANIFEST).read_bytes())


def end_run(store: Store, *used: Artifact) -> str:
    """Write the record of a run that used some outputs; return its path."""
    name = name_run(datetime.datetime.now(datetime.UTC), "retraining", "Promoted")
    store.records.write(name, json.dumps({"outputs": [made.path for made in used]}).encode())
    return name
