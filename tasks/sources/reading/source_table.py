"""A file of reviews, whatever its form: its header, its rows in parts, and notes about it."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading.archives import show_name
from tasks.sources.reading.csv_table import read_csv_parts
from tasks.sources.reading.dialect import Head, read_head
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.json_lines import read_json_parts, read_keys
from tasks.sources.reading.kinds import PARQUET, SIGN_BYTES
from tasks.sources.reading.parquet import ParquetSource
from tasks.sources.reading.parts import Tally
from tasks.sources.reading.records import NAMES
from tasks.sources.reading.text_kinds import recognise_text
from tasks.sources.reading.text_stream import TextStream
from tasks.sources.reading.unpack import MAGIC_BYTES, Unpacked, is_packed, open_unpacked
from tasks.storage.cut_tables import cut_tables

Reopen = Callable[[], AbstractContextManager[Unpacked]]


class SourceTable(NamedTuple):
    """A file of reviews that is being read.

    Attributes:
        header: the names of the columns, as in the file.
        parts: the rows, as `parts.py` describes; they can be read once.
        tally: lists notes about the file, after the last part.
        form: how the file is written, such as `CSV in UTF-8, with commas between fields`.
    """

    header: list[str]
    parts: Generator[pa.Table]
    tally: Tally
    form: str


@contextlib.contextmanager
def open_table(
    path: Path,
    expected: ExpectedColumns,
    parameters: IngestParameters,
    nul_allowed: bool = False,
) -> Iterator[SourceTable]:
    """Open the file at `path`.

    Args:
        path: of the file.
        expected: the columns that it should have.
        parameters: how the file is written, and limits.
        nul_allowed: allow NUL bytes after the header, for the rules about rows to find them. In the
            header they are a sign of UTF-16 or of binary data.

    Raises:
        SourceError: the file cannot be read; also while its parts are read.
    """
    with open_bytes(path, expected, parameters) as unpacked, _naming_member(unpacked.name):
        reopen = partial(open_bytes, path, expected, parameters)
        table = open_stream(unpacked, expected, parameters, nul_allowed, reopen)
        with contextlib.closing(table.parts):
            yield table


@contextlib.contextmanager
def _naming_member(name: str) -> Iterator[None]:
    """Begin the message of a SourceError with the name of the archive's member, if there is one."""
    try:
        yield
    except SourceError as error:
        raise SourceError(f"{show_name(name)}: {error}" if name else str(error)) from error


@contextlib.contextmanager
def open_bytes(
    path: Path, expected: ExpectedColumns, parameters: IngestParameters
) -> Iterator[Unpacked]:
    """Open the file at `path` as the bytes of its table, unpacked.

    Raises:
        SourceError: see `open_unpacked`.
    """

    def read_header(member: Unpacked) -> list[str] | SourceError:
        try:
            return open_stream(member, expected, parameters).header
        except SourceError as error:
            return error

    with open_unpacked(path, expected, parameters, read_header) as unpacked:
        yield unpacked


def read_table(
    path: Path, expected: ExpectedColumns, parameters: IngestParameters
) -> tuple[list[str], pa.Table, list[str]]:
    """Read a whole file.

    Returns:
        The header, the rows, and the notes.

    Raises:
        SourceError: see `open_table`.
    """
    with open_table(path, expected, parameters) as table:
        return table.header, *read_all(table)


def read_all(table: SourceTable) -> tuple[pa.Table, list[str]]:
    """Read all rows, and then the notes."""
    names = map(str, table.tally.places)
    columns = pa.table({name: pa.array([], pa.string()) for name in names})
    parts = pa.concat_tables([Tally(table.header).make_part(columns), *table.parts])
    return parts, table.tally.list_notes()


def cut_partitions(table: SourceTable, rows: int) -> Iterator[pa.Table]:
    """Cut the rows into partitions of `rows` rows; the last one is smaller, and may be empty."""
    names = map(str, table.tally.places)
    columns = pa.table({name: pa.array([], pa.string()) for name in names})
    nothing = Tally(table.header).make_part(columns)
    yield from cut_tables(itertools.chain([nothing], table.parts), rows)


def digest_unpacked(
    path: Path, expected: ExpectedColumns, parameters: IngestParameters
) -> str | None:
    """Return the SHA-256 of a packed file's content, in hexadecimal digits.

    It does not depend on the compression. None if the file is not packed.
    """
    with path.open("rb") as file:
        if not is_packed(file.read(MAGIC_BYTES)):
            return None
    digest = hashlib.sha256()
    with open_bytes(path, expected, parameters) as unpacked:
        while chunk := unpacked.read(1024**2):
            digest.update(chunk)
    return digest.hexdigest()


def open_stream(
    unpacked: Unpacked,
    expected: ExpectedColumns,
    parameters: IngestParameters,
    nul_allowed: bool = False,
    reopen: Reopen | None = None,
) -> SourceTable:
    """Begin to read an unpacked stream.

    Args:
        unpacked: the stream.
        expected: the columns that the table should have.
        parameters: how it is written, and limits.
        nul_allowed: see `open_table`.
        reopen: opens the stream again, to read the rows of JSON Lines after all their keys.

    Raises:
        SourceError: it is not a table.
    """
    parameters = parameters.for_name(unpacked.name)
    if PARQUET.match(unpacked.peek(SIGN_BYTES)):
        source = ParquetSource(unpacked, parameters.field_bytes_max)
        tally = Tally(source.header, expected.find(source.header))
        return SourceTable(source.header, source.read_parts(tally), tally, "Parquet")
    text = TextStream(unpacked, parameters.encoding, nul_allowed)
    start = text.peek()
    if recognise_text(start) == "json_lines":
        header, remarks = read_keys(text, expected, parameters.field_bytes_max)
        tally = Tally(header, expected.find(header))
        tally.remarks += remarks
        parts = _read_again(reopen, parameters, nul_allowed, tally) if reopen else _no_parts()
        table = SourceTable(header, parts, tally, f"JSON Lines in {text.encoding}")
    else:
        table = _open_csv(text, read_head(start, expected, parameters), parameters)
    if text.read_by_mark:
        table.tally.remarks.append("The file was read as UTF-16, as its byte order mark says.")
    return table


def _open_csv(text: TextStream, head: Head, parameters: IngestParameters) -> SourceTable:
    text.newline = head.dialect.newline
    tally = Tally(head.header)
    tally.remarks += head.remarks
    form = f"CSV in {text.encoding}, with {NAMES[head.dialect.delimiter]}s between fields"
    parts = read_csv_parts(text, head, parameters.field_bytes_max, tally)
    return SourceTable(head.header, parts, tally, form)


def _read_again(
    reopen: Reopen, parameters: IngestParameters, nul_allowed: bool, tally: Tally
) -> Generator[pa.Table]:
    with reopen() as unpacked:
        text = TextStream(unpacked, parameters.encoding, nul_allowed)
        yield from read_json_parts(text, parameters.field_bytes_max, tally)


def _no_parts() -> Generator[pa.Table]:
    yield from ()
