"""A check of the quotes in a CSV stream by RFC 4180.

Arrow silently keeps or drops a misplaced quote. If all quotes are valid, Arrow agrees with the
strict reader of the standard library.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from tasks.configuration.errors import SourceError
from tasks.sources.reading.showing import show

QUOTE, BACKSLASH = ord('"'), ord("\\")
PIECE_BYTES = 256 * 1024
"""Bytes that are checked at a time; they fit in a processor's cache."""

RFC_4180 = (
    "save the file as RFC 4180 says: a field with quotes is enclosed in them, and each quote inside"
    ' it is doubled ("")'
)
LINE_CHARACTERS_SHOWN = 40

ESCAPED = re.compile(rb'\\(["\\])?')
"""A backslash, with the quote or the backslash that it stands before."""


def double_backslashes(text: bytes) -> bytes:
    r"""Double each backslash that stands neither before a quote nor before another backslash.

    A reader of CSV drops single backslashes, also from a text such as `AC\DC`.
    """
    return ESCAPED.sub(lambda found: found[0] if found[1] else b"\\\\", text)


def mask_backslashes(text: bytes) -> bytes:
    """Replace each backslash and what it stands before, without changing the length."""
    return ESCAPED.sub(lambda found: b"x" * len(found[0]), text) if b"\\" in text else text


class QuoteCheck:
    """Finds the first quote that neither encloses a field nor is doubled within a field.

    Quotes alternately open and close. An opening quote must follow a border of a field, and a
    closing quote must precede one, unless the two are adjacent: a doubled quote within a field.

    Attributes:
        refused: the line, the problem and the advice, once a misplaced quote was found.
    """

    def __init__(self, delimiter: str = ",", newline: bytes = b"\n") -> None:
        """Start at the beginning of a text with this delimiter, whose lines end in `newline`."""
        self._is_border = np.zeros(256, np.bool_)
        self._is_border[list(f'{delimiter}\r\n"'.encode())] = True
        self._newline = newline
        self.refused: tuple[int, str, str] | None = None
        self._opened = False
        self._last_opened = _Place(b"", 0, 1, newline)
        # The last byte that was checked, and the next one, which needs the byte after it.
        self._held = b"\n"
        # Whether the bytes before those end in a border, or in spaces after one.
        self._blank = True

    @property
    def is_open(self) -> bool:
        """Whether the bytes so far end within a field that is enclosed in quotes."""
        return self._opened ^ self._held.endswith(b'"')

    @property
    def opened_line(self) -> int:
        """The line of the last quote that encloses a field."""
        return self._last_opened.line

    def raise_error(self, text: bytes = b"", first_line: int = 1) -> None:
        """Raise a SourceError with the line, if a misplaced quote was found.

        Args:
            text: what the message shows the line of, if it is there.
            first_line: the line in which `text` begins.
        """
        if self.refused is None:
            return
        line, problem, advice = self.refused
        lines = text.split(self._newline) if text and line >= first_line else []
        shown = [line.decode(errors="replace") for line in lines[line - first_line :][:1]]
        found = f": {show(shown[0], LINE_CHARACTERS_SHOWN)}" if shown else ""
        raise SourceError(f"line {line}: {problem}{found}; {advice}")

    def feed(self, chunk: bytes, line: int) -> None:
        """Check the next bytes, which begin in `line`; an empty chunk ends the text."""
        for start in range(0, len(chunk), PIECE_BYTES):
            self._check(chunk[start : start + PIECE_BYTES], chunk, start, line)
        if not chunk:
            self._check(b"\n", chunk, 0, line)
            if self._opened and self.refused is None:
                self._refuse(self.opened_line, "a quote that is opened here is never closed")

    def _check(self, piece: bytes, chunk: bytes, start: int, line: int) -> None:
        if self.refused:
            return
        start -= len(self._held)
        piece = self._held + piece
        self._held = piece[-2:]

        def place_of(place: int) -> _Place:
            return _Place(chunk, start + place, line, self._newline)

        found = np.frombuffer(piece, np.uint8)
        places = np.flatnonzero(found[1:-1] == QUOTE) + 1
        opening, closing = places[self._opened :: 2], places[not self._opened :: 2]
        enclosing = opening[found[opening - 1] != QUOTE]
        strays = [
            *opening[~self._is_border[found[opening - 1]]][:1],
            *closing[~self._is_border[found[closing + 1]]][:1],
        ]
        if strays:
            stray = min(strays)
            before = enclosing[enclosing < stray]
            opened = place_of(before[-1]) if len(before) else self._last_opened
            closes = stray in closing
            spaced = not closes and self._follows_spaces(piece[:stray])
            self._refuse_stray(found[stray - 1], closes, place_of(stray).line, opened.line, spaced)
        self._blank = self._is_blank(piece[:-2])
        self._opened ^= len(places) % 2 == 1
        if len(enclosing):
            # Also where it is closed again: the quote to come may double the one that closes it.
            self._last_opened = place_of(enclosing[-1])

    def _follows_spaces(self, text: bytes) -> bool:
        """Return whether a text ends in spaces that follow a border of a field."""
        return text.endswith(b" ") and self._is_blank(text)

    def _is_blank(self, text: bytes) -> bool:
        """Return whether nothing but spaces is between the last border and the end of a text."""
        rest = text.rstrip(b" ")
        return bool(self._is_border[rest[-1]] and rest[-1] != QUOTE) if rest else self._blank

    def _refuse_stray(
        self, before: int, closes: bool, line: int, opened_line: int, spaced: bool
    ) -> None:
        if spaced:
            self._refuse(
                line,
                "spaces stand between a delimiter and the quote that opens a field",
                "remove the spaces around the delimiters",
            )
        elif before == BACKSLASH:
            self._refuse(
                line,
                'a quote inside a field is written \\"',
                "add --ingest.quote backslash",
            )
        elif closes:
            self._refuse(opened_line, "a quote that is opened here ends in the middle of a field")
        else:
            self._refuse(
                line,
                "a quote stands inside a field that is not enclosed in quotes",
                f"add --ingest.quote none if no field is enclosed in quotes, otherwise {RFC_4180}",
            )

    def _refuse(self, line: int, problem: str, advice: str = RFC_4180) -> None:
        self.refused = (line, problem, advice)


class _Place(NamedTuple):
    """A place in a chunk, whose line is counted only if it is needed."""

    chunk: bytes
    offset: int
    first_line: int
    newline: bytes

    @property
    def line(self) -> int:
        return self.first_line + self.chunk.count(self.newline, 0, max(self.offset, 0))
