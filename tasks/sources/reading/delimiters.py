"""Choosing the delimiter of a CSV, and refusing a file with another one than was named."""

from __future__ import annotations

import re
from typing import NoReturn

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters, QuoteStyle
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.kinds import IN_PANDAS
from tasks.sources.reading.records import DELIMITERS, LINE, NAMES, Dialect, read_records
from tasks.sources.reading.showing import show
from tasks.sources.reading.titles import KNOWN_MIN, LINES_TRIED, find_header, is_header

ROWS_TRIED = 20
"""Rows that must have as many fields as the header, for a delimiter to be chosen."""
LINE_CHARACTERS_SHOWN = 40
SIGNS = re.compile(r"[^\w\s\"'`.()-]+|[^\w \"'`.()-]")
"""Runs of characters that are no part of names."""
WIDE_SPACES = re.compile(r" {2,}")


def choose_delimiter(body: str, expected: ExpectedColumns, parameters: IngestParameters) -> str:
    """Return the delimiter that was named, or the only one that can be.

    Args:
        body: the beginning of the file.
        expected: the columns, by which the header is found below other lines.
        parameters: the delimiter and the quotes.

    Raises:
        SourceError: the delimiter is `auto`, and several are possible.
    """
    if parameters.delimiter != "auto":
        return DELIMITERS[parameters.delimiter or "comma"]
    for delimiter in NAMES:
        above = find_header(body, expected, Dialect(delimiter, parameters.quote, b"\n"))
        if above and above.lines:
            return delimiter
    found = _count_fields(body, parameters.quote)
    if len(found) > 1:
        found = {d: n for d, n in found.items() if _fits(body, Dialect(d, parameters.quote, b"\n"))}
    if len(found) > 1 or (not found and _count_fields(body, parameters.quote)):
        raise SourceError(
            "line 1: several delimiters are possible; name one with --ingest.delimiter"
        )
    return next(iter(found), ",")


def refuse_other_delimiter(
    body: str, expected: ExpectedColumns, dialect: Dialect, line: int
) -> None:
    """Make sure that no other delimiter than the one in `dialect` makes a header.

    Args:
        body: the beginning of the file, where no header was found.
        expected: the columns.
        dialect: how the file should be written.
        line: the number of the first line.

    Raises:
        SourceError: another delimiter does; with the line and the option.
    """
    for number, match in zip(range(LINES_TRIED), LINE.finditer(body), strict=False):
        _refuse_unknown_sign(match[0].strip(), expected, line + number)
    for delimiter in NAMES:
        if above := find_header(body, expected, dialect._replace(delimiter=delimiter)):
            _refuse(body[above.size :], delimiter, dialect, line + len(above.lines))
    counts = _count_fields(body, dialect.quote)
    if dialect.delimiter in counts:
        return
    _refuse_spaces(_first_line(body).strip(), expected, line)
    if counts:
        _refuse(body, max(counts, key=lambda delimiter: counts[delimiter]), dialect, line)


def _refuse_unknown_sign(text: str, expected: ExpectedColumns, line: int) -> None:
    """Refuse a header that is split by characters that cannot be named as the delimiter."""
    for sign in dict.fromkeys(SIGNS.findall(text)):
        if sign not in NAMES and is_header(
            [field.strip(" \"'") for field in text.split(sign)], expected
        ):
            _refuse_sign(sign, text, line)


def _refuse_spaces(text: str, expected: ExpectedColumns, line: int) -> None:
    """Refuse a header whose names stand between spaces; prose has other words, too."""
    words, columns = text.split(), WIDE_SPACES.split(text)
    known = sum(map(expected.knows, words))
    is_names = known >= max(KNOWN_MIN, len(words) / 2)
    if is_names or sum(map(expected.knows, columns)) >= KNOWN_MIN:
        raise SourceError(
            f"line {line}: the fields are separated by spaces: {show(text, LINE_CHARACTERS_SHOWN)};"
            " save the file with commas, or, if each column is as wide in all lines,"
            f" {IN_PANDAS.format('pandas.read_fwf')}"
        )


def _refuse_sign(sign: str, text: str, line: int) -> NoReturn:
    raise SourceError(
        f"line {line}: the fields are separated by {show(sign)}, which cannot be read:"
        f" {show(text, LINE_CHARACTERS_SHOWN)}; save the file with commas"
    )


def refuse_doubled(body: str, dialect: Dialect, line: int) -> None:
    """Make sure that not two pipes stand between any two fields.

    Raises:
        SourceError: each second field of the header and of the first row is empty. Where commas
            are between the fields, a spreadsheet may have empty columns.
    """
    if dialect.delimiter != "|":
        return
    records = [record.fields for record in read_records(body, dialect, 2)]
    if len(records) == 2 and all(len(row) > 2 and not any(row[1::2]) for row in records):
        _refuse_sign(2 * dialect.delimiter, _first_line(body), line)


def _first_line(body: str) -> str:
    # Python's splitlines also splits at some delimiters, such as \x1e.
    return LINE.match(body)[0].rstrip("\r\n")  # type: ignore[index]


def _refuse(body: str, delimiter: str, dialect: Dialect, line: int) -> NoReturn:
    refuse_doubled(body, dialect._replace(delimiter=delimiter), line)
    name = NAMES[delimiter]
    raise SourceError(
        f"line {line}: the fields are separated by {name}s, not {NAMES[dialect.delimiter]}s:"
        f" {show(_first_line(body), LINE_CHARACTERS_SHOWN)}; add --ingest.delimiter {name}"
    )


def _count_fields(body: str, quote: QuoteStyle) -> dict[str, int]:
    """Count the header's fields by delimiter, where there are several."""
    heads = {d: next(read_records(body, Dialect(d, quote, b"\n"), 1), None) for d in NAMES}
    return {d: len(head.fields) for d, head in heads.items() if head and len(head.fields) > 1}


def _fits(body: str, dialect: Dialect) -> bool:
    rows = [record.fields for record in read_records(body, dialect, ROWS_TRIED)]
    return all(len(row) == len(rows[0]) for row in rows)
