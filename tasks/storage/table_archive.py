"""Many small tables in one file, each of which is read where it is needed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

NAMES = b"names"
"""Key of the names in the metadata of the file."""


def write_archive(path: Path, tables: Iterable[tuple[str, pa.Table]]) -> None:
    """Write tables by their names; equal tables give equal bytes."""
    contents = {name: _to_bytes(table) for name, table in tables}
    field = pa.field("content", pa.large_binary())
    schema = pa.schema([field], {NAMES: json.dumps(list(contents))})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for content in contents.values():
            writer.write_batch(pa.record_batch([pa.array([content], field.type)], schema=schema))


def _to_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


class TableArchive:
    """The tables of a file. The file is not kept open: a delivery may have a thousand of them."""

    def __init__(self, path: Path) -> None:
        """Read the names; the tables stay on the disk."""
        self._path = path
        with pa.OSFile(str(path)) as file:
            names = json.loads(pa.ipc.open_file(file).schema.metadata[NAMES])
        self._places = {name: place for place, name in enumerate(names)}

    def __getitem__(self, name: str) -> pa.Table:
        """Read a table.

        Raises:
            KeyError: there is none with this name.
        """
        place = self._places[name]
        with pa.OSFile(str(self._path)) as file:
            batch = pa.ipc.open_file(file).get_batch(place)
        # The scalar of the content would be a copy.
        return pa.ipc.open_stream(batch.column(0).buffers()[-1]).read_all()

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._places)
