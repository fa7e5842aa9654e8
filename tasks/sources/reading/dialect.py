"""Finding out how a CSV is written: its line ends, its delimiter and its header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters, QuoteStyle
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.quotes import QuoteCheck, double_backslashes, mask_backslashes
from tasks.sources.reading.showing import show
from tasks.sources.reading.text_stream import HEAD_BYTES

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NAMES = {character: name for name, character in DELIMITERS.items()}
ROWS_TRIED = 20
"""Rows that must have as many fields as the header, for a delimiter to be chosen."""

FIRST_LINE_END = re.compile(rb'(?:[^"\r\n]++|"[^"]*+")*+(\r\n|\n|\r)')
LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ,;\t|]*(?:\r\n|\n|\r)', re.IGNORECASE)


class Dialect(NamedTuple):
    """How a CSV is written.

    Attributes:
        delimiter: the character between fields.
        quote: how quotes are written.
        newline: the byte that ends a row: LF, also for CRLF, or CR.
    """

    delimiter: str
    quote: QuoteStyle
    newline: bytes


class Head(NamedTuple):
    """The beginning of a CSV.

    Attributes:
        header: the names of the columns.
        dialect: how the file is written.
        size: bytes up to the first row.
        lines: lines up to the first row.
    """

    header: list[str]
    dialect: Dialect
    size: int
    lines: int


class Record(NamedTuple):
    """A row of the beginning, and how many characters the file has up to its end."""

    fields: list[str]
    end: int


def find_newline(head: bytes, quote: QuoteStyle) -> bytes:
    """Return the byte that ends the first line: LF, also for CRLF, or CR."""
    match = re.search(rb"\r\n|\n|\r", head) if quote == "none" else FIRST_LINE_END.match(head)
    return b"\r" if match and match[match.lastindex or 0] == b"\r" else b"\n"


def read_head(head: bytes, expected: ExpectedColumns, parameters: IngestParameters) -> Head:
    """Read the header of a CSV.

    Args:
        head: the beginning of the file in UTF-8, at most HEAD_BYTES and more than the header.
        expected: the columns that the file should have.
        parameters: the delimiter and the quotes.

    Raises:
        SourceError: there is no header, or it is not clear how the file is written.
    """
    newline = find_newline(head, parameters.quote)
    text = head.decode(errors="ignore")
    if not text.strip():
        raise SourceError(
            "the file is empty: it has neither a header nor rows; check how it was made"
        )
    separator = SEPARATOR_LINE.match(text)
    start = separator.end() if separator else 0
    body = text[start:]
    named = _read_separator(separator, parameters) if separator else None
    delimiter = named or _choose_delimiter(body, parameters)
    dialect = Dialect(delimiter, parameters.quote, newline)
    records = list(read_records(body, dialect, 1))
    line = 2 if separator else 1
    if not records or not any(records[0].fields):
        found = show(body.splitlines()[0]) if records and records[0].fields else "the line is empty"
        raise SourceError(
            f"line {line}: {found}, where the header is expected; write the columns' names there"
        )
    end = len(text[: start + records[0].end].encode())
    _check_header(head[:end], head, dialect)
    _refuse_title(body, expected, dialect.quote, line)
    if dialect.quote != "none":
        _refuse_rows_in_quotes(body, dialect, line)
    if named is None and parameters.delimiter in (None, "tab"):
        _refuse_other_delimiter(body, dialect, line)
    return Head(records[0].fields, dialect, end, head.count(newline, 0, end))


def read_records(text: str, dialect: Dialect, count: int) -> Iterator[Record]:
    """Read the first rows of a text; blank lines are none, apart from the first line."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for match in LINE.finditer(text):
            end, line = match.end(), match[0]
            if dialect.quote == "backslash" and "\\" in line:
                line = double_backslashes(line.encode()).decode()
            yield line

    styles: dict[str, dict[str, object]] = {
        "double": {},
        "backslash": {"escapechar": "\\"},
        "none": {"quoting": csv.QUOTE_NONE},
    }
    reader = csv.reader(lines(), delimiter=dialect.delimiter, **styles[dialect.quote])  # type: ignore[arg-type]
    try:
        for number, row in enumerate(reader):
            if row or not number:
                yield Record(row, end)
                count -= 1
            if not count:
                return
    except csv.Error:
        # A field of more than 131,072 characters.
        return


def _read_separator(separator: re.Match[str], parameters: IngestParameters) -> str:
    """Return the delimiter that Excel's first line names."""
    found = separator[1]
    if found not in NAMES:
        raise SourceError(
            f"line 1: {show(separator[0].strip())} names a delimiter that cannot be read; save the"
            " file with commas"
        )
    if parameters.delimiter not in (None, "auto", NAMES[found]):
        raise SourceError(
            f"line 1: {show(separator[0].strip())} names {NAMES[found]} as the delimiter, but"
            f" --ingest.delimiter is {parameters.delimiter}; leave it out"
        )
    return found


def _choose_delimiter(body: str, parameters: IngestParameters) -> str:
    if parameters.delimiter != "auto":
        return DELIMITERS[parameters.delimiter or "comma"]
    found = _count_fields(body, parameters.quote)
    if len(found) > 1:
        found = {d: n for d, n in found.items() if _fits(body, Dialect(d, parameters.quote, b"\n"))}
    if len(found) > 1 or (not found and _count_fields(body, parameters.quote)):
        raise SourceError(
            "line 1: several delimiters are possible; name one with --ingest.delimiter"
        )
    return next(iter(found), ",")


def _count_fields(body: str, quote: QuoteStyle) -> dict[str, int]:
    """Count the header's fields by delimiter, where there are several."""
    heads = {d: next(read_records(body, Dialect(d, quote, b"\n"), 1), None) for d in NAMES}
    return {d: len(head.fields) for d, head in heads.items() if head and len(head.fields) > 1}


def _fits(body: str, dialect: Dialect) -> bool:
    rows = [record.fields for record in read_records(body, dialect, ROWS_TRIED)]
    return all(len(row) == len(rows[0]) for row in rows)


def _check_header(header: bytes, head: bytes, dialect: Dialect) -> None:
    """Check the quotes of the header."""
    if len(header) == len(head) >= HEAD_BYTES:
        raise SourceError("line 1: the header is larger than 1 MiB; look for a quote in it")
    if dialect.quote != "none":
        check = QuoteCheck(dialect.delimiter, dialect.newline)
        check.feed(mask_backslashes(header) if dialect.quote == "backslash" else header, 1)
        check.feed(b"", 1 + header.count(dialect.newline))
        check.raise_error()


def _refuse_title(body: str, expected: ExpectedColumns, quote: QuoteStyle, line: int) -> None:
    """Refuse a line above the header: the expected names are in the line below."""
    for delimiter in NAMES:
        records = [r.fields for r in read_records(body, Dialect(delimiter, quote, b"\n"), 2)]
        title, names = (*records, [], [])[:2]
        is_title = title and title[0] and not any(title[1:]) and not expected.knows(title[0])
        if is_title and len(names) > 1 and any(map(expected.knows, names)):
            raise SourceError(
                f"line {line}: {show(title[0], 40)} looks like a title, and line {line + 1} like"
                f" the header, {show(delimiter.join(names), 40)}; delete line {line}"
            )


def _refuse_other_delimiter(body: str, dialect: Dialect, line: int) -> None:
    """Refuse a header of one field that another delimiter splits."""
    counts = _count_fields(body, dialect.quote)
    if dialect.delimiter in counts or not counts:
        return
    best = max(counts, key=lambda delimiter: counts[delimiter])
    name = NAMES[best]
    raise SourceError(
        f"line {line}: the fields are separated by {name}s, not {NAMES[dialect.delimiter]}s:"
        f" {show(body.splitlines()[0], 40)}; add --ingest.delimiter {name}"
    )


def _refuse_rows_in_quotes(body: str, dialect: Dialect, line: int) -> None:
    """Refuse lines that a spreadsheet saved as one quoted field each."""
    records: list[list[str]] = [r.fields for r in read_records(body, dialect, 2)]
    header, row = [*records, [], []][:2]
    fields = _split_again(row)
    alone = len(row) == 1 or not any(header[1:])
    if alone and 2 < len(fields) == len(_split_again(header)) and not any(row[1:]):
        raise SourceError(
            f"line {line + 1}: the whole line is one field, {show(row[0], 30)}: a spreadsheet saved"
            " the file without splitting its lines. Use the file from before, or split the column"
            " in the spreadsheet and save it again"
        )


def _split_again(fields: list[str]) -> list[str]:
    """Split the first field at its commas, if it is the only one with a value."""
    if not fields or any(fields[1:]):
        return fields
    again = next(read_records(fields[0], Dialect(",", "double", b"\n"), 1), None)
    return again.fields if again else fields
