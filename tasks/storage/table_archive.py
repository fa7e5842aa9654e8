"""Many small tables in one file, which is mapped into memory and read where it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

NAME, CONTENT = "name", "content"


def write_archive(path: Path, tables: Iterable[tuple[str, pa.Table]]) -> None:
    """Write tables by their names; equal tables give equal bytes."""
    named = [(name, _to_bytes(table)) for name, table in tables]
    columns = {NAME: [name for name, _ in named], CONTENT: [content for _, content in named]}
    whole = pa.table(columns, pa.schema([(NAME, pa.string()), (CONTENT, pa.large_binary())]))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, whole.schema) as writer:
        writer.write_table(whole)


def _to_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return bytes(sink.getvalue())


class TableArchive:
    """The tables of a file."""

    def __init__(self, path: Path) -> None:
        """Open the file; its content stays on the disk."""
        whole = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        # Joining the chunks would copy the whole content.
        self._contents = dict(zip(whole[NAME].to_pylist(), whole[CONTENT], strict=True))

    def __getitem__(self, name: str) -> pa.Table:
        """Return a table.

        Raises:
            KeyError: there is none with this name.
        """
        return pa.ipc.open_stream(self._contents[name].as_buffer()).read_all()

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._contents)
