"""Refusing fields that are enclosed in other characters than double quotes."""

from __future__ import annotations

import csv
import itertools

from tasks.configuration.errors import SourceError
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.records import LINE, Dialect, read_records
from tasks.sources.reading.showing import show
from tasks.sources.reading.titles import is_header

PAIRS = ("''", "``", "‘’", "“”", "„“", "«»", "””")
ROWS_TRIED = 20
SIGN = "\x1f"
"""Stands for the characters of a pair while a text is split at them."""


def refuse_other_quotes(
    body: str, header: list[str], expected: ExpectedColumns, dialect: Dialect, line: int
) -> None:
    """Make sure that fields are not enclosed in other characters.

    Args:
        body: the beginning of the file, from its header on.
        header: as it was read.
        expected: the columns.
        dialect: how the file is written.
        line: the number of the header's line.

    Raises:
        SourceError: the header has the expected columns, or the first rows have as many fields as
            the header, only if other characters enclose them.
    """
    rows = [record.fields for record in read_records(body, dialect, ROWS_TRIED)][1:]
    known = is_header(header, expected)
    if known and all(len(row) == len(header) for row in rows):
        return
    for pair in PAIRS:
        names, *split = _split(body, pair, dialect) or [[]]
        fits = rows and len(header) > 1 and all(len(row) == len(header) for row in split)
        if (names != header and not known and is_header(names, expected)) or (known and fits):
            at = line if names != header else line + 1
            found = LINE.findall(body)[at - line].strip()
            raise SourceError(
                f"line {at}: fields are enclosed in {' and '.join(dict.fromkeys(pair))}, which"
                f" cannot be read: {show(found, 40)}; save the file with double quotes"
                ' (") around them'
            )


def _split(body: str, pair: str, dialect: Dialect) -> list[list[str]]:
    """Split the first rows, with the characters of a pair for quotes."""
    signs = str.maketrans(dict.fromkeys(pair, SIGN))
    lines = (match[0].translate(signs) for match in LINE.finditer(body) if match[0].strip())
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=SIGN, strict=True)
    try:
        return list(itertools.islice(reader, ROWS_TRIED))
    except csv.Error:
        return []
