"""Reading CSV text as a table of strings, with the line number of errors.

Arrow reads the text. If it fails, Python's slower and stricter reader finds the line.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager
from typing import Self, TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tasks.configuration.errors import SourceError
from tasks.sources.unpack import TextGuard

HEAD_BYTES = 1024**2
READ_AHEAD_SECONDS_MAX = 5.0
"""More than the time for reading a block."""
LINE_END_ADVICE = "save the file with LF or CRLF at the ends of lines"
FIELDS_IN_A_BLOCK = 16
"""Number of largest fields in a block; Arrow fails on a row that is larger than a block."""
FIELDS_IN_A_SMALL_BLOCK = 4
"""The same for streaming in bounded memory: Arrow reads some blocks ahead."""

Opener = Callable[[], AbstractContextManager[TextGuard]]


def read_csv_table(open_text: Opener, field_bytes_max: int) -> tuple[list[str], pa.Table]:
    """Read a whole CSV; see `stream_csv_tables`.

    Returns:
        The header of the file, and the rows.
    """
    header = read_csv_header(open_text)
    schema = pa.schema([(str(position), pa.string()) for position in range(len(header))])
    parts = stream_csv_tables(open_text, header, field_bytes_max, FIELDS_IN_A_BLOCK)
    return header, pa.concat_tables([schema.empty_table(), *parts])


def read_csv_header(open_text: Opener) -> list[str]:
    """Read the names of the columns.

    Raises:
        SourceError: the header is missing or not valid CSV.
    """
    with open_text() as text:
        return _read_header(_read_head(text))


def stream_csv_tables(
    open_text: Opener,
    header: list[str],
    field_bytes_max: int,
    fields_in_a_block: int = FIELDS_IN_A_SMALL_BLOCK,
) -> Generator[pa.Table]:
    """Read a CSV in parts, in bounded memory.

    Args:
        open_text: opens the text from its beginning at each call.
        header: its header.
        field_bytes_max: largest accepted field, in bytes.
        fields_in_a_block: block size, and so the largest row, in units of `field_bytes_max`.

    Yields:
        Tables with nullable strings in columns named `0`, `1`, … (names in a header may repeat);
        empty fields are null.

    Raises:
        SourceError: a quote is unclosed or not allowed by RFC 4180, a row has too few or too many
            fields, or a field or row is too large; with the line. Some errors are only found after
            the last part.
    """
    names = [str(position) for position in range(len(header))]
    if not _has_rows(open_text):
        return
    with open_text() as text, _ReadAhead(text) as ahead:
        try:
            for batch in _open_rows(ahead, names, fields_in_a_block * field_bytes_max):
                table = pa.Table.from_batches([batch])
                text.quotes.raise_error()
                if _longest_field_bytes(table) > field_bytes_max:
                    _explain(open_text, len(header), field_bytes_max)
                yield table
        except pa.ArrowInvalid as error:
            text.quotes.raise_error()
            _explain(open_text, len(header), field_bytes_max)
            raise SourceError(f"it cannot be read as CSV: {error}") from error
        text.quotes.raise_error()


def _read_head(text: TextGuard) -> bytes:
    head = b""
    while len(head) < HEAD_BYTES and (part := text.read(HEAD_BYTES - len(head))):
        head += part
    return head


def _has_rows(open_text: Opener) -> bool:
    with open_text() as text:
        return _read_head(text).rstrip(b"\r\n").count(b"\n") > 0


def _open_rows(ahead: _ReadAhead, names: list[str], block_bytes: int) -> Iterable[pa.RecordBatch]:
    rows: Iterable[pa.RecordBatch] = pyarrow.csv.open_csv(
        pa.PythonFile(ahead, mode="r"),
        read_options=pyarrow.csv.ReadOptions(
            column_names=names, skip_rows=1, block_size=block_bytes
        ),
        # In a single column an empty line is an empty field.
        parse_options=pyarrow.csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=len(names) > 1
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    return rows


def _read_header(head: bytes) -> list[str]:
    line = head.split(b"\n", 1)[0].decode()
    if not line.strip():
        problem = "the first line is empty" if head.strip() else "the file is empty"
        raise SourceError(f"{problem}; the header with the columns' names is expected there")
    try:
        header = next(csv.reader([line.removesuffix("\r")], strict=True))
        if any("\r" in name for name in header):
            raise SourceError(
                f"line 1: a carriage return within a column's name; {LINE_END_ADVICE}"
            )
        if len(header) == 1 and (";" in line or "\t" in line):
            raise SourceError("line 1: separated by semicolons or tabs; save the file with commas")
        return header
    except csv.Error as error:
        raise SourceError(f"line 1: the header cannot be read as CSV: {error}") from error


def _longest_field_bytes(table: pa.Table) -> int:
    return max((pc.max(pc.binary_length(c)).as_py() or 0 for c in table.columns), default=0)


def _explain(open_text: Opener, fields: int, field_bytes_max: int) -> None:
    """Raise a SourceError for the first row that is not valid CSV, if there is one."""
    limit = csv.field_size_limit(field_bytes_max)
    try:
        with open_text() as text:
            _check_rows(
                io.TextIOWrapper(io.BufferedReader(_Reader(text)), "utf-8", newline=""), fields
            )
    finally:
        csv.field_size_limit(limit)


def _check_rows(text: TextIO, fields: int) -> None:
    rows = csv.reader(text, strict=True)
    first_line = 1
    try:
        for row in rows:
            if row and len(row) != fields:
                raise SourceError(
                    f"line {first_line}: {len(row)} fields where the header names {fields};"
                    " look for a comma or a quote too many or too few"
                )
            first_line = rows.line_num + 1
    except csv.Error as error:
        problem = {
            "unexpected end of data": "a quote that is opened here is never closed",
            "',' expected after '\"'": "a quote that is opened here ends in the middle of a field",
        }.get(str(error), str(error))
        if str(error).startswith("field larger"):
            advice = "look for a quote that is not closed, or raise --ingest.field-bytes-max"
        elif str(error).startswith("new-line character"):
            problem = "a carriage return alone ends the line"
            advice = LINE_END_ADVICE
        else:
            advice = "quote the field as RFC 4180 says"
        raise SourceError(f"line {first_line}: {problem}; {advice}") from error


class _ReadAhead:
    """A file for Arrow, whose own thread reads ahead; on exit it makes this thread stop.

    If the thread still reads when Python exits, the process hangs or is aborted.
    """

    closed = False

    def __init__(self, text: TextGuard) -> None:
        self._text, self._stopped, self._ended = text, False, threading.Event()

    def read(self, size: int) -> bytes:
        part = b""
        try:
            part = b"" if self._stopped else self._text.read(size)
        finally:
            if not part:
                self._ended.set()
        return part

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Arrow's thread ends when `read` returns nothing. It may also have ended already.
        self._stopped = True
        self._ended.wait(READ_AHEAD_SECONDS_MAX)


class _Reader(io.RawIOBase):
    """Adds the `readinto` method, which buffered readers need, to a TextGuard."""

    def __init__(self, text: TextGuard) -> None:
        self._text, self._rest = text, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._rest = self._rest or self._text.read(len(buffer))
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
