"""Reading Parquet as tables of strings, in parts."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.configuration.errors import SourceError
from tasks.sources.reading.parts import Tally
from tasks.sources.reading.showing import show
from tasks.sources.reading.unpack import Unpacked

PART_ROWS = 8_192
DAMAGED = "the Parquet file is cut off or damaged; get it again"
TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)


class ParquetSource:
    """A Parquet file.

    Attributes:
        header: the names of its columns.
    """

    def __init__(self, unpacked: Unpacked, field_bytes_max: int) -> None:
        """Read the schema of a file.

        Raises:
            SourceError: the file is damaged, or unpacks to more bytes than allowed.
        """
        self._bytes_max, self._field_bytes_max = unpacked.bytes_of_values_max, field_bytes_max
        file = unpacked.to_file()
        with _explaining_damage():
            schema = pq.read_schema(file)
            # As a dictionary, a text that is repeated a million times is in memory once.
            texts = [field.name for field in schema if any(is_it(field.type) for is_it in TEXTS)]
            self._parquet = pq.ParquetFile(file, read_dictionary=texts, pre_buffer=False)
            metadata = self._parquet.metadata
            groups = [metadata.row_group(n) for n in range(metadata.num_row_groups)]
        self.header: list[str] = schema.names
        if not self.header:
            raise SourceError("the Parquet file has no columns; write it again from a whole table")
        self._unpacked = 0
        self._count_bytes(sum(group.total_byte_size for group in groups))
        self._unpacked = 0

    def read_parts(self, tally: Tally) -> Generator[pa.Table]:
        """Read the rows in parts, in bounded memory.

        Raises:
            SourceError: the file is damaged, a field is too large, or the values together are.
        """
        batches = self._parquet.iter_batches(PART_ROWS, use_threads=False)
        while True:
            with _explaining_damage():
                batch = next(batches, None)
            if batch is None:
                return
            columns = [
                self._to_texts(column, name)
                for name, column in zip(self.header, batch.columns, strict=True)
            ]
            names = [str(position) for position in range(len(columns))]
            yield tally.make_part(pa.table(columns, names))

    def _to_texts(self, column: pa.Array, name: str) -> pa.Array:
        """Return the values as texts; an empty text is null."""
        if pa.types.is_dictionary(column.type):
            self._check_sizes(column.dictionary, column.indices, name)
            column = column.dictionary_decode()
        try:
            texts = _cast(column)
            texts.validate(full=True)
        except pa.ArrowInvalid as error:
            raise SourceError(
                f"the column {show(name)} holds bytes that are not valid UTF-8; save it as text"
            ) from error
        self._check_sizes(texts, None, name)
        return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)

    def _check_sizes(self, values: pa.Array, places: pa.Array | None, name: str) -> None:
        """Check the size of each value, and of all; with `places`, of the values at these."""
        if not any(is_it(values.type) for is_it in TEXTS):
            return
        lengths = pc.binary_length(values).cast(pa.int64())
        longest = pc.max(lengths).as_py() or 0
        if longest > self._field_bytes_max:
            raise SourceError(
                f"the column {show(name)} holds a field of {longest:,} bytes, more than"
                f" {self._field_bytes_max:,}; raise --ingest.field-bytes-max if that is right"
            )
        if places is not None:
            self._count_bytes(pc.sum(lengths.take(places)).as_py() or 0)

    def _count_bytes(self, count: int) -> None:
        self._unpacked += count
        if self._unpacked > self._bytes_max:
            raise SourceError(
                "it unpacks to far more than its size, as a decompression bomb does; if the file is"
                " honest, raise --ingest.unpacked-bytes-max or --ingest.unpacked-ratio-max"
            )


def _cast(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):
        texts = pc.cast(column, pa.string())
        return pc.if_else(pc.is_nan(column), pa.scalar("NaN"), texts)
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowNotImplementedError:
        values = column.to_pylist()
        return pa.array([None if v is None else _to_json(v) for v in values], pa.string())


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


@contextmanager
def _explaining_damage() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise SourceError(DAMAGED) from error
