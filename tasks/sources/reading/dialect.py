"""Finding out how a CSV is written: its line ends, its delimiter and its header."""

from __future__ import annotations

import re
from typing import NamedTuple

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading.delimiters import (
    choose_delimiter,
    refuse_doubled,
    refuse_other_delimiter,
)
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.other_quotes import refuse_other_quotes
from tasks.sources.reading.quotes import QuoteCheck, mask_backslashes
from tasks.sources.reading.records import LINE, NAMES, Dialect, Record, find_newline, read_records
from tasks.sources.reading.showing import show
from tasks.sources.reading.text_stream import HEAD_BYTES
from tasks.sources.reading.titles import Above, find_header, skip_lines

SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ,;\t|]*(?:\r\n|\n|\r)', re.IGNORECASE)

NAMES_IN_QUOTES = re.compile(r'"[^"\r\n]*"(?: +"[^"\r\n]*")+ *[\r\n]')
"""A header of names in quotes between spaces."""
ROW_IN_QUOTES = re.compile(
    r'[^\s",;|]+(?: +[^\s",;|]+)+ *[\r\n]+(?:[^\s",;|]+ +)*"[^"\r\n]*" +["\w]'
)
"""A header of plain names between spaces, and a row with a field in quotes between spaces."""


class Head(NamedTuple):
    """The beginning of a CSV.

    Attributes:
        header: the names of the columns.
        dialect: how the file is written.
        start: bytes up to the header.
        size: bytes up to the first row.
        first_line: the line of the header.
        lines: lines up to the first row.
        remarks: sentences about lines that were skipped.
    """

    header: list[str]
    dialect: Dialect
    start: int
    size: int
    first_line: int
    lines: int
    remarks: list[str]


def read_head(head: bytes, expected: ExpectedColumns, parameters: IngestParameters) -> Head:
    """Read the header of a CSV.

    Args:
        head: the beginning of the file in UTF-8, at most HEAD_BYTES and more than the header.
        expected: the columns that the file should have.
        parameters: the skipped lines, the delimiter and the quotes.

    Raises:
        SourceError: there is no header, it stands below a title, or it is not clear how the file is
            written.
    """
    text = head.decode(errors="ignore")
    skipped = skip_lines(text, parameters.skip_lines)
    start, line = skipped.size, 1 + len(skipped.lines)
    _check_content(text[start:], skipped)
    named = None
    if separator := SEPARATOR_LINE.match(text, start):
        named = _read_separator(separator, parameters, line)
        start, line = separator.end(), line + 1
    body = text[start:]
    if parameters.quote != "none":
        _refuse_spaces(body, line)
    delimiter = named or choose_delimiter(body, expected, parameters)
    dialect = Dialect(delimiter, parameters.quote, b"\n")
    if above := find_header(body, expected, dialect, line):
        # Excel's line would be skipped, too.
        above.refuse(line, f" --ingest.delimiter {NAMES[named]}" if named else "")
    elif named is None and parameters.delimiter in (None, "tab"):
        refuse_other_delimiter(body, expected, dialect, line)
    start = len(text[:start].encode())
    dialect = dialect._replace(newline=find_newline(head[start:], parameters.quote))
    header = _read_header(body, dialect, line)
    end = start + len(body[: header.end].encode())
    _check_header(head[start:end], head, dialect, line)
    refuse_doubled(body, dialect, line)
    if dialect.quote != "none":
        _check_quotes(body, header.fields, expected, dialect, line)
    lines = line - 1 + head.count(dialect.newline, start, end)
    return Head(header.fields, dialect, start, end, line, lines, skipped.describe())


def _refuse_spaces(body: str, line: int) -> None:
    """Refuse fields in quotes between spaces; in any CSV such quotes are misplaced."""
    if NAMES_IN_QUOTES.match(body) or ROW_IN_QUOTES.match(body):
        raise SourceError(
            f"line {line}: the fields are separated by spaces, as R's write.table does:"
            f" {show(LINE.match(body)[0].strip(), 40)}; save the file with commas, in R with"  # type: ignore[index]
            " write.csv and row.names = FALSE"
        )


def _check_content(text: str, skipped: Above) -> None:
    """Make sure that something follows the skipped lines."""
    if text.strip():
        return
    if skipped.lines:
        raise SourceError("--ingest.skip-lines skips the whole file; lower the number")
    raise SourceError("the file is empty: it has neither a header nor rows; check how it was made")


def _read_header(body: str, dialect: Dialect, line: int) -> Record:
    header = next(read_records(body, dialect, 1), None)
    if header and any(header.fields):
        return header
    found = show(body.splitlines()[0]) if header and header.fields else "the line is empty"
    raise SourceError(
        f"line {line}: {found}, where the header is expected; write the columns' names there"
    )


def _read_separator(separator: re.Match[str], parameters: IngestParameters, line: int) -> str:
    """Return the delimiter that Excel's line above the header names."""
    found = separator[1]
    if found not in NAMES:
        raise SourceError(
            f"line {line}: {show(separator[0].strip())} names a delimiter that cannot be read; save"
            " the file with commas"
        )
    if parameters.delimiter not in (None, "auto", NAMES[found]):
        raise SourceError(
            f"line {line}: {show(separator[0].strip())} names {NAMES[found]} as the delimiter, but"
            f" --ingest.delimiter is {parameters.delimiter}; leave it out"
        )
    return found


def _check_header(header: bytes, head: bytes, dialect: Dialect, line: int) -> None:
    """Check the quotes of the header."""
    if len(header) == len(head) >= HEAD_BYTES:
        raise SourceError(f"line {line}: the header is larger than 1 MiB; look for a quote in it")
    if dialect.quote != "none":
        check = QuoteCheck(dialect.delimiter, dialect.newline)
        check.feed(mask_backslashes(header) if dialect.quote == "backslash" else header, line)
        check.feed(b"", line + header.count(dialect.newline))
        check.raise_error()


def _check_quotes(
    body: str, header: list[str], expected: ExpectedColumns, dialect: Dialect, line: int
) -> None:
    _refuse_rows_in_quotes(body, dialect, line)
    refuse_other_quotes(body, header, expected, dialect, line)


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
