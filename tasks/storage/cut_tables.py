"""Cutting a stream of tables into tables of equally many rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def cut_tables(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Cut tables, at least one, into tables of `rows` rows; the last is smaller, or the only one.

    Each is in one piece, because the bytes of a Parquet file depend on the pieces.
    """
    import pyarrow as pa

    waiting = None
    for table in tables:
        waiting = table if waiting is None else pa.concat_tables([waiting, table])
        while waiting.num_rows > rows:
            yield waiting.slice(0, rows).combine_chunks()
            waiting = waiting.slice(rows)
    if waiting is not None:
        yield waiting.combine_chunks()
