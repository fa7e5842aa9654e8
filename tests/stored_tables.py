"""Tables on the disk, for what reads them in parts."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.storage.stored_table import StoredTable


def store_table(folder: Path, table: pa.Table, group_rows: int = 100) -> StoredTable:
    """Write a table to a new file of a folder, in groups of so many rows."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".parquet", delete=False) as file:
        pq.write_table(table, file, row_group_size=group_rows)
    return StoredTable(Path(file.name))
