"""A check of the quotes in a CSV stream by RFC 4180.

Arrow silently keeps or drops a misplaced quote. If all quotes are valid, Arrow agrees with the
strict reader of the standard library.
"""

from __future__ import annotations

import numpy as np

from tasks.configuration.errors import SourceError

QUOTE, BACKSLASH = ord('"'), ord("\\")
PIECE_BYTES = 256 * 1024
"""Bytes that are checked at a time; they fit in a processor's cache."""

IS_BORDER = np.zeros(256, np.bool_)
"""Whether a byte may be beside an enclosing quote, on its outer side; a quote makes it doubled."""
IS_BORDER[list(b',\r\n"')] = True


class QuoteCheck:
    """Finds the first quote that neither encloses a field nor is doubled within a field.

    Quotes alternately open and close. An opening quote must follow a border of a field, and a
    closing quote must precede one, unless the two are adjacent: a doubled quote within a field.
    """

    def __init__(self) -> None:
        """Start at the beginning of a text."""
        self._error: SourceError | None = None
        self._opened = False
        self._opened_line = 1
        # The last byte that was checked, and the next one, which needs the byte after it.
        self._held = b"\n"

    def raise_error(self) -> None:
        """Raise a SourceError with the line, if a misplaced quote was found."""
        if self._error:
            raise self._error

    def feed(self, chunk: bytes, line: int) -> None:
        """Check the next bytes, which begin in `line`; an empty chunk ends the text."""
        for start in range(0, len(chunk), PIECE_BYTES):
            piece = chunk[start : start + PIECE_BYTES]
            self._check(piece, line)
            line += piece.count(b"\n")
        if not chunk:
            self._check(b"\n", line)
            if self._opened and self._error is None:
                self._refuse(self._opened_line, "a quote that is opened here is never closed")

    def _check(self, chunk: bytes, line: int) -> None:
        if self._error:
            return
        held = len(self._held)
        piece = self._held + chunk
        self._held = piece[-2:]

        def line_of(place: int) -> int:
            return line + chunk.count(b"\n", 0, max(place - held, 0))

        found = np.frombuffer(piece, np.uint8)
        places = np.flatnonzero(found[1:-1] == QUOTE) + 1
        opening, closing = places[self._opened :: 2], places[not self._opened :: 2]
        enclosing = opening[found[opening - 1] != QUOTE]
        strays = [
            *opening[~IS_BORDER[found[opening - 1]]][:1],
            *closing[~IS_BORDER[found[closing + 1]]][:1],
        ]
        if strays:
            stray = min(strays)
            before = enclosing[enclosing < stray]
            opened_line = line_of(before[-1]) if len(before) else self._opened_line
            self._refuse_stray(found[stray - 1], stray in closing, line_of(stray), opened_line)
        self._opened ^= len(places) % 2 == 1
        if len(enclosing):
            # Also where it is closed again: the quote to come may double the one that closes it.
            self._opened_line = line_of(enclosing[-1])

    def _refuse_stray(self, before: int, closes: bool, line: int, opened_line: int) -> None:
        if before == BACKSLASH:
            self._refuse(line, 'a quote inside a field is written \\"')
        elif closes:
            self._refuse(opened_line, "a quote that is opened here ends in the middle of a field")
        else:
            self._refuse(line, "a quote stands inside a field that is not enclosed in quotes")

    def _refuse(self, line: int, problem: str) -> None:
        self._error = SourceError(
            f"line {line}: {problem}; save the file as RFC 4180 says: a field with quotes is"
            ' enclosed in quotes, and each quote inside it is doubled ("")'
        )
