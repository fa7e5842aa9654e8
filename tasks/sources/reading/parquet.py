"""Reading Parquet as tables of strings, in parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tasks.configuration.errors import SourceError
from tasks.sources.reading.parts import OTHERS, Tally
from tasks.sources.reading.showing import show
from tasks.sources.reading.unpack import Unpacked

PART_ROWS = 8_192
DAMAGED = "the Parquet file is cut off or damaged; get it again"
TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
BULKY = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary)
"""Types of values, such as images and vectors, that are unpacked only in columns to read."""


class ParquetSource:
    """A Parquet file.

    Attributes:
        header: the names of its columns.
    """

    def __init__(self, unpacked: Unpacked, field_bytes_max: int) -> None:
        """Read the schema of a file.

        Raises:
            SourceError: the file is damaged, or has no columns.
        """
        self._bytes_max, self._field_bytes_max = unpacked.bytes_of_values_max, field_bytes_max
        self._file = unpacked.to_file()
        with _explaining_damage():
            self._schema = pq.read_schema(self._file)
        self.header: list[str] = self._schema.names
        if not self.header:
            raise SourceError("the Parquet file has no columns; write it again from a whole table")
        self._unpacked = 0

    def read_parts(self, tally: Tally) -> Generator[pa.Table]:
        """Read the rows in parts, in bounded memory.

        Raises:
            SourceError: the file is damaged, a field is too large, or the values together are.
        """
        places = tally.places
        nested = (p for p in places if pa.types.is_nested(self._schema.field(p).type))
        tally.nested |= dict.fromkeys(self.header[place] for place in nested)
        read = self._choose_columns(places)
        with _explaining_damage():
            # As a dictionary, a text that is repeated a million times is in memory once.
            texts = [name for name in read if self._is(TEXTS, self.header.index(name))]
            parquet = pq.ParquetFile(self._file, read_dictionary=texts, pre_buffer=False)
            self._check_sizes_of_groups(parquet.metadata, read)
            batches = parquet.iter_batches(PART_ROWS, columns=read, use_threads=False)
        while True:
            with _explaining_damage():
                batch = next(batches, None)
            if batch is None:
                return
            yield tally.make_part(self._to_rows(batch, tally))

    def _is(self, kinds: Collection[Callable[[pa.DataType], bool]], place: int) -> bool:
        return any(is_it(self._schema.field(place).type) for is_it in kinds)

    def _choose_columns(self, places: list[int]) -> list[str]:
        """List the columns to unpack: those to read, and others to see whether a row is empty."""
        left_out = {
            name
            for place, name in enumerate(self.header)
            if place not in places and self._is(BULKY, place)
        }
        return [name for name in dict.fromkeys(self.header) if name not in left_out]

    def _check_sizes_of_groups(self, metadata: pq.FileMetaData, read: list[str]) -> None:
        """Check the size of the columns to unpack before anything is."""
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        chunks = [group.column(n) for group in groups for n in range(group.num_columns)]
        roots = {*read, *(name.partition(".")[0] for name in read)}
        sizes = [
            chunk.total_uncompressed_size
            for chunk in chunks
            if chunk.path_in_schema.partition(".")[0] in roots
        ]
        self._count_bytes(sum(sizes))
        self._unpacked = 0

    def _to_rows(self, batch: pa.RecordBatch, tally: Tally) -> pa.Table:
        """Return the columns to read as texts, and whether the others have a value."""
        names, rows, found = batch.schema.names, {}, set()
        for place in (places := tally.places):
            name = self.header[place]
            # Of two columns of one name the first in the header is the first in the batch.
            same = [position for position, other in enumerate(names) if other == name]
            position = same[self.header[:place].count(name)]
            rows[str(place)] = self._read_column(batch.column(position), place, tally)
            found.add(position)
        if len(places) < len(self.header):
            others = [batch.column(n) for n in range(batch.num_columns) if n not in found]
            rows[OTHERS] = _mark_values(others, batch.num_rows, len(names) < len(self.header))
        return pa.table(rows)

    def _read_column(self, column: pa.Array, place: int, tally: Tally) -> pa.Array:
        """Return the values as texts, or nulls if they cannot be read."""
        try:
            return self._to_texts(column, self.header[place])
        except SourceError as error:
            if place not in tally.optional:
                raise
            tally.left_out[place] = str(error)
            return pa.nulls(len(column), pa.string())

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


def _mark_values(columns: list[pa.Array], rows: int, more: bool) -> pa.Array:
    """Return a text for each row in which a column has a value, or for all rows if `more`."""
    marked = pa.array([more] * rows, pa.bool_())
    for column in columns:
        is_dictionary = pa.types.is_dictionary(column.type)
        values = column.dictionary if is_dictionary else column
        has_value = pc.is_valid(values)
        if any(is_it(values.type) for is_it in TEXTS):
            has_value = pc.and_kleene(has_value, pc.greater(pc.binary_length(values), 0))
        if is_dictionary:
            has_value = pc.fill_null(has_value.take(column.indices), False)
        marked = pc.or_(marked, has_value)
    return pc.if_else(marked, pa.scalar(OTHERS), pa.scalar(None, pa.string()))


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
