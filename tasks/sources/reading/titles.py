"""Finding the header of a CSV below a title, comments and blank lines, and skipping these."""

from __future__ import annotations

import re
from typing import NamedTuple

from data_contracts.constraints import PATTERNS
from tasks.configuration.errors import SourceError
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.records import LINE, Dialect, read_records
from tasks.sources.reading.showing import show

LINES_TRIED = 10
"""Number of first lines in which the header may begin."""
KNOWN_MIN = 2
"""Names of columns in a line that make it the header, even if a needed one is missing."""
SHOWN_CHARACTERS_MAX = 40
SHOWN_MAX = 3
NAME_CHARACTERS_MAX = 80
"""More are no name of a column but a text."""
NAMES_SHOWN_MAX = 5


class Above(NamedTuple):
    """Lines above a header.

    Attributes:
        size: number of characters.
        lines: the lines without their ends.
    """

    size: int
    lines: list[str]

    def describe(self) -> list[str]:
        """Say in a sentence which first lines of the file were skipped, if any."""
        told = [show(line, SHOWN_CHARACTERS_MAX) for line in self.lines if line.strip()]
        shown = ", ".join(told[:SHOWN_MAX]) + (", …" if len(told) > SHOWN_MAX else "")
        last = len(self.lines)
        were = "Line 1 was" if last == 1 else f"Lines 1 to {last} were"
        what = f": {shown}" if told else ""
        return [f"{were} skipped{what}."] if self.lines else []

    def refuse(self, line: int, options: str = "") -> None:
        """Make sure that there are none.

        Args:
            line: the number of the first of them.
            options: further options that reading the rest needs, such as the delimiter.

        Raises:
            SourceError: there are.
        """
        if not self.lines:
            return
        header = line + len(self.lines)
        found = f"line {line} is empty, and line {header} looks like the header"
        for number, text in enumerate(self.lines, line):
            if text.strip():
                title = show(text, SHOWN_CHARACTERS_MAX)
                found = (
                    f"line {number}: {title} looks like a title, and line {header} like the header"
                )
                break
        raise SourceError(
            f"{found}; delete what is above the header, or add --ingest.skip-lines {header - 1}"
            f"{options}"
        )


def skip_lines(text: str, count: int) -> Above:
    """Return the first lines of a file, at most `count`."""
    found = [match for match, _ in zip(LINE.finditer(text), range(count), strict=False) if match[0]]
    return Above(found[-1].end() if found else 0, [match[0].rstrip("\r\n") for match in found])


def is_header(fields: list[str], expected: ExpectedColumns) -> bool:
    """Return whether a row has the columns that are needed, or names of several others."""
    return expected.suffice(fields) or sum(map(expected.knows, fields)) >= KNOWN_MIN


def find_row_as_header(header: list[str], expected: ExpectedColumns) -> str | None:
    """Say that the names of the columns are a row of a file without a header; None if they are not.

    They are if columns that are needed are missing, and names look like values.
    """
    pattern = re.compile(PATTERNS["double"], re.ASCII)
    is_row = any(pattern.fullmatch(name) or len(name) > NAME_CHARACTERS_MAX for name in header)
    is_counted = [*map(str, range(len(header)))] == header
    if not is_row or is_counted or is_header(header, expected):
        return None
    shown = ", ".join(show(name, 30) for name in header[:NAMES_SHOWN_MAX])
    return (
        f"there is no column {' or '.join(expected.needed)}, and the header looks like a row:"
        f" {shown}; add a line with the names of the columns above it"
    )


def find_header(
    body: str, expected: ExpectedColumns, dialect: Dialect, line: int = 1
) -> Above | None:
    """Find the first line that is a header, below lines that cannot be rows.

    Args:
        body: the beginning of the file.
        expected: the columns.
        dialect: how the file is written.
        line: the number of the first line.

    Returns:
        What stands above it; None if there is no header.

    Raises:
        SourceError: a line above the header may be a row.
    """
    above, row = Above(0, []), 0
    for number, match in zip(range(LINES_TRIED), LINE.finditer(body), strict=False):
        fields = _read_fields(body[above.size :], dialect)
        if is_header(fields, expected):
            alone = len(fields) == 1 and any(_may_be_row(text, dialect, 1) for text in above.lines)
            if not row and not alone:
                return above
            if row and expected.suffice(fields):
                row_shown = show(above.lines[row - line], SHOWN_CHARACTERS_MAX)
                raise SourceError(
                    f"line {line + number}: {show(match[0].strip(), SHOWN_CHARACTERS_MAX)} looks"
                    f" like the header, but line {row} above it like a row: {row_shown}; move the"
                    " header to the top, or, if no review is above it, add --ingest.skip-lines"
                    f" {line + number - 1}"
                )
        row = row or (line + number) * _may_be_row(match[0], dialect, 2)
        above = Above(match.end(), [*above.lines, match[0].rstrip("\r\n")])
    return None


def _may_be_row(text: str, dialect: Dialect, fields_min: int) -> bool:
    """Return whether a line is not a comment, and has at least `fields_min` fields with a value."""
    is_comment = text.lstrip(' "').startswith("#")
    return not is_comment and sum(map(bool, _read_fields(text, dialect))) >= fields_min


def _read_fields(text: str, dialect: Dialect) -> list[str]:
    record = next(read_records(text, dialect, 1), None)
    return [field.strip() for field in record.fields] if record else []
