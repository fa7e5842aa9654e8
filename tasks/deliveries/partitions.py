"""The ingested reviews of a delivery: the partitions of its files, in order.

A partition holds the rows of one file, with the row numbers of the file. So it stays the same
whatever files come before it, and however many rows are appended after it.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa

from data_contracts.dataset import ROW_NUMBER
from tasks.storage.artifacts import Artifact
from tasks.storage.workspace import Workspace

FILES = "files.json"
HEADER = "header.json"
FORM = "form.json"
NOTES = "notes.json"


class DeliveredFile(NamedTuple):
    """A file of a delivery.

    Attributes:
        name: empty if it is the only file.
        first_row: number of its first row in the delivery.
        numbered: number of its rows, including those that were skipped.
        sizes: number of rows of each partition.
    """

    name: str
    first_row: int
    numbered: int
    sizes: Sequence[int]


def name_partition(file: int, number: int) -> str:
    """Return the name of a partition's Parquet file, by the places of its file and of itself."""
    return f"{file:05}-{number:05}.parquet"


def read_files(workspace: Workspace, reviews: Artifact) -> list[DeliveredFile]:
    """Read what files a delivery has."""
    files, first_row = list[DeliveredFile](), 0
    for name, numbered, sizes in workspace.read_json(reviews, FILES):
        files.append(DeliveredFile(name, first_row, numbered, sizes))
        first_row += numbered
    return files


def locate(files: Sequence[DeliveredFile], row: int) -> tuple[str, int]:
    """Return the name of the file that holds a row of the delivery, and the row's number there."""
    place = bisect.bisect_right(files, row, key=lambda file: file.first_row) - 1
    return files[place].name, row - files[place].first_row


def read_partitions(
    workspace: Workspace, reviews: Artifact, columns: Sequence[str] | None = None
) -> Iterator[pa.Table]:
    """Yield the partitions of a delivery, with row numbers that count on from file to file."""
    for place, file in enumerate(read_files(workspace, reviews)):
        for number in range(len(file.sizes)):
            name = name_partition(place, number)
            yield read_partition(workspace, reviews, name, file.first_row, columns)


def read_partition(
    workspace: Workspace,
    reviews: Artifact,
    name: str,
    first_row: int,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Read a partition, with row numbers of the delivery.

    Args:
        workspace: reads the file.
        reviews: the ingested reviews.
        name: of the partition; see `name_partition`.
        first_row: number of the first row of its file in the delivery.
        columns: names of the columns to read; by default all.
    """
    import pyarrow.compute as pc

    table = workspace.read_table(reviews, name, columns)
    if ROW_NUMBER not in table.column_names:
        return table
    at = table.column_names.index(ROW_NUMBER)
    return table.set_column(at, ROW_NUMBER, pc.add(table[ROW_NUMBER], first_row))
