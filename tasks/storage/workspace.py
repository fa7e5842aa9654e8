"""The workspace of a stage's function, which reads inputs and writes outputs."""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.storage.artifacts import Artifact, FileRecord, Output, canonical_json, digest_json
from tasks.storage.atomic_files import flush_file, flush_folder
from tasks.storage.cut_tables import cut_tables
from tasks.storage.objects import Objects
from tasks.storage.records import Records
from tasks.storage.resuming import State
from tasks.storage.stored_table import StoredTable

if TYPE_CHECKING:
    import pyarrow as pa


GROUP_ROWS = 100_000
"""Rows of a group in a Parquet file that is written in parts."""


class Workspace:
    """Reads the inputs of a stage's function, and holds its output until it is published.

    Attributes:
        store_root: folder of the store's files or their copies.
        output: an empty folder; all files in it are published.
        resume: a folder that survives a kill, for the next run.
        scratch: an empty folder for files that are removed with the workspace.
        source: name of the run's source, for messages only.
        records: of the store.
        explain_errors: turns an OSError that is raised when writing into a StoreError.
        shares_state: whether `state` is uploaded for other machines.
        objects: of the store.
        refreshing: whether the units that the stage is made of run even if their output is stored.
        units: paths of the outputs of these units.
    """

    def __init__(self, objects: Objects, folder: Path, source: str, scope: str = "") -> None:
        """Empty the folders, where a killed run may have left files; `resume` stays as it is."""
        self.store_root, self.source = objects.root, source
        self.records, self.explain_errors = Records(objects, scope), objects.explain_errors
        self.shares_state, self.objects = objects.is_remote, objects
        self.refreshing, self.units = False, dict[str, None]()
        self.output, self.scratch = folder / "output", folder / "scratch"
        self.resume = folder / "resume"
        self.resume.mkdir(parents=True, exist_ok=True)
        for emptied in (self.output, self.scratch):
            shutil.rmtree(emptied, ignore_errors=True)
            emptied.mkdir()

    def state(self, name: str) -> State:
        """Return the state of an unfinished stage, which survives a kill."""
        path = self.resume / name
        if not self.shares_state:
            return State(path, self.explain_errors)
        name = str(path.relative_to(self.store_root))
        return State(path, self.explain_errors, self.records, name)

    def input_path(self, artifact: Artifact, name: str) -> Path:
        """Return the path of an input's file."""
        return self.store_root / artifact.folder / name

    def read_table(
        self, artifact: Artifact, name: str, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read a Parquet file of an input; by default all columns."""
        import pyarrow.parquet as pq

        with self.explain_errors():
            return pq.read_table(self.input_path(artifact, name), columns=columns)

    def open_table(self, artifact: Artifact, name: str) -> StoredTable:
        """Open a Parquet file of an input, to read it in parts."""
        return StoredTable(self.input_path(artifact, name), self.explain_errors)

    def read_json(self, artifact: Artifact, name: str) -> Any:
        """Read a JSON file of an input."""
        with self.explain_errors():
            return json.loads(self.input_path(artifact, name).read_bytes())

    @contextlib.contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """Yield the path of a file or folder of the output, to write to."""
        with self.explain_errors():
            yield self.output / name

    def write_table(self, table: pa.Table, name: str) -> None:
        """Write a table as Parquet to the output; equal tables give equal bytes."""
        import pyarrow.parquet as pq

        with self.writing(name) as path:
            # In one piece, because the bytes of a Parquet file depend on the pieces.
            pq.write_table(table.combine_chunks(), path, compression="zstd")

    def write_tables(self, tables: Iterable[pa.Table], name: str) -> None:
        """Write tables, at least one, as one Parquet file, without holding them all.

        The bytes do not depend on how the rows are cut into tables.
        """
        import pyarrow.parquet as pq

        with self.writing(name) as path, contextlib.ExitStack() as stack:
            writer = None
            for table in cut_tables(tables, GROUP_ROWS):
                if writer is None:
                    opened = pq.ParquetWriter(path, table.schema, compression="zstd")
                    writer = stack.enter_context(opened)
                writer.write_table(table)

    def link(self, artifact: Artifact, name: str, as_name: str) -> None:
        """Add a file of another output to this one; it takes space once on the same disk."""
        with self.writing(as_name) as path:
            path.parent.mkdir(exist_ok=True)
            try:
                path.hardlink_to(self.input_path(artifact, name))
            except OSError:  # another disk, or one without hard links
                shutil.copyfile(self.input_path(artifact, name), path)

    def write_json(self, content: object, name: str) -> None:
        """Write JSON to the output; equal contents give equal bytes."""
        with self.writing(name) as path:
            path.write_bytes(canonical_json(content))

    def write_text(self, text: str, name: str) -> None:
        """Write a text in UTF-8 to the output."""
        with self.writing(name) as path:
            path.write_text(text, encoding="utf-8")

    def discard_output(self) -> None:
        """Remove the unfinished output, and the whole folder if there is no state to resume."""
        shutil.rmtree(self.output, ignore_errors=True)
        shutil.rmtree(self.scratch, ignore_errors=True)
        for folder in (self.resume, self.resume.parent):
            with contextlib.suppress(OSError):
                folder.rmdir()


def finish_output(draft: Artifact, folder: Path, output: Output) -> Artifact:
    """Complete the draft of an output: flush and digest its files, and name the attempt.

    Args:
        draft: stage, address, ingredients and seconds of the artifact.
        folder: of the files.
        output: facts, and optionally the digest of the content.
    """
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    files = {str(p.relative_to(folder)): FileRecord.of(p) for p in paths}
    for place in [*paths, *{path.parent for path in paths}]:
        flush_folder(place) if place.is_dir() else flush_file(place)
    completed = {
        "files": files,
        "digest": output.digest or digest_json({n: f.sha256 for n, f in files.items()}),
        "facts": output.facts,
        "attempt": uuid.uuid4().hex[:16],
    }
    return draft.model_copy(update=completed)
