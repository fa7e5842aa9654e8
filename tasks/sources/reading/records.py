"""The rows at the beginning of a CSV, by the delimiter and the quotes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from tasks.configuration.parameters import QuoteStyle
from tasks.sources.reading.quotes import double_backslashes

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NAMES = {character: name for name, character in DELIMITERS.items()}

FIRST_LINE_END = re.compile(rb'(?:[^"\r\n]++|"[^"]*+")*+(\r\n|\n|\r)')
LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")


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


class Record(NamedTuple):
    """A row of the beginning, and how many characters the file has up to its end."""

    fields: list[str]
    end: int


def find_newline(head: bytes, quote: QuoteStyle) -> bytes:
    """Return the byte that ends the first line: LF, also for CRLF, or CR."""
    match = re.search(rb"\r\n|\n|\r", head) if quote == "none" else FIRST_LINE_END.match(head)
    return b"\r" if match and match[match.lastindex or 0] == b"\r" else b"\n"


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
