"""A Parquet file that is read in parts, so that its rows need not fit into memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.storage.cut_tables import cut_tables

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ROWS_AT_ONCE = 16_384

ExplainErrors = Callable[[], contextlib.AbstractContextManager[None]]


class StoredTable:
    """A table on the disk.

    Attributes:
        path: of the Parquet file.
        columns: their names.
        rows: number of its rows, without those that a filter takes away.
    """

    def __init__(
        self,
        path: Path,
        explain_errors: ExplainErrors = contextlib.nullcontext,
        keep: NDArray[np.bool_] | None = None,
    ) -> None:
        """Open a table.

        Args:
            path: of the Parquet file.
            explain_errors: turns an OSError of reading into a StoreError.
            keep: marks the rows that are read, of all rows of the file; by default all.
        """
        import pyarrow.parquet as pq

        self.path, self._explain_errors, self._keep = path, explain_errors, keep
        with explain_errors():
            metadata = pq.read_metadata(path)
        self.columns: list[str] = metadata.schema.to_arrow_schema().names
        self.rows = int(metadata.num_rows if keep is None else keep.sum())

    def filter(self, keep: NDArray[np.bool_]) -> StoredTable:
        """Return a table of the rows that are marked in `keep`, (rows,)."""
        if self._keep is not None:
            of_file = self._keep.copy()
            of_file[self._keep] = keep
            keep = of_file
        return StoredTable(self.path, self._explain_errors, keep)

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read all rows at once, by default all columns."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._keep is not None:
            return pa.concat_tables(self._scan(ROWS_AT_ONCE, columns))
        with self._explain_errors():
            return pq.read_table(self.path, columns=columns)

    def batches(self, rows: int, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield `rows` rows at a time, the last time fewer; by default all columns.

        What is yielded does not depend on how the file was written.
        """
        return cut_tables(self._scan(rows, columns), rows)

    def texts(self, column: str) -> Iterator[list[str]]:
        """Yield the strings of a column, some at a time."""
        for batch in self.batches(ROWS_AT_ONCE, [column]):
            yield batch[column].to_pylist()

    def _scan(self, rows: int, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        start = 0
        with self._explain_errors(), pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(rows, columns=columns):
                table, end = pa.Table.from_batches([batch]), start + batch.num_rows
                yield table if self._keep is None else table.filter(pa.array(self._keep[start:end]))
                start = end
