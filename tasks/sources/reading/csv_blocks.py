"""Cutting a CSV into blocks of whole rows, and checking its quotes on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tasks.configuration.errors import SourceError
from tasks.sources.reading.dialect import Head
from tasks.sources.reading.quotes import QuoteCheck, double_backslashes, mask_backslashes
from tasks.sources.reading.records import Dialect
from tasks.sources.reading.text_stream import TextStream

BLOCK_BYTES = 4 * 1024**2


class Block(NamedTuple):
    """Whole rows of a CSV.

    Attributes:
        content: the rows; single backslashes are doubled where they escape nothing.
        line: the line in which they begin.
        ended: whether the last row has a line end.
        broken: the one row is cut off within a field.
    """

    content: bytes | memoryview
    line: int
    ended: bool = True
    broken: bool = False


def cut_blocks(text: TextStream, head: Head, row_bytes_max: int) -> Iterator[Block]:
    """Cut the rows of a CSV into blocks.

    Args:
        text: the file from its beginning.
        head: what was found there.
        row_bytes_max: largest accepted row.

    Raises:
        SourceError: a quote is misplaced or, before the last line, never closed; or a row is too
            large; with the line.
    """
    cutter = _Cutter(text, head.dialect)
    # The lines above the header may hold any quotes.
    text.read(head.start)
    header = text.read(head.size - head.start)
    cutter.check(header, head.first_line)
    chunk = _read_chunk(text, row_bytes_max, head.dialect)
    held, first_line, after_cr = b"", 1 + head.lines, False
    while chunk:
        cutter.check(chunk, first_line + held.count(head.dialect.newline), held)
        held += chunk
        if after_cr:
            # An LF after the CR at which the last block was cut is no row of its own.
            held, after_cr = held.removeprefix(b"\n"), False
        if head.dialect.quote == "backslash":
            held = double_backslashes(held)
        if end := cutter.find_end(held):
            yield Block(memoryview(held)[:end], first_line)
            after_cr = end == len(held) and held.endswith(b"\r")
            held = held[end:]
            first_line = text.line - held.count(head.dialect.newline)
        if len(held) > row_bytes_max:
            raise SourceError(
                f"line {first_line}: a row of more than {row_bytes_max:,} bytes; look for a quote"
                " that is not closed, or raise --ingest.field-bytes-max"
            )
        chunk = _read_chunk(text, row_bytes_max, head.dialect)
    if header.endswith((b"\n", b"\r")):
        yield from cutter.end(held, first_line)


def _read_chunk(text: TextStream, row_bytes_max: int, dialect: Dialect) -> bytes:
    """Read on, but not up to a backslash, which may escape what comes after it."""
    size = min(BLOCK_BYTES, row_bytes_max)
    chunk = text.read(size)
    while dialect.quote == "backslash" and chunk.endswith(b"\\") and (more := text.read(size)):
        chunk += more
    return chunk


def _find_after(text: bytes, place: int) -> int:
    """Return the place after a line end, which may be CRLF where lines end in CR; 0 without one."""
    return place + 1 + (place >= 0 and text.startswith(b"\n", place + 1))


class _Cutter:
    """Checks the quotes of a text and finds the ends of rows."""

    def __init__(self, text: TextStream, dialect: Dialect) -> None:
        self._text, self._dialect = text, dialect
        self._quotes = QuoteCheck(dialect.delimiter, dialect.newline)

    def check(self, chunk: bytes, line: int, held: bytes = b"") -> None:
        """Check the next bytes, which begin in `line`; `held` is the row that they continue."""
        if self._dialect.quote != "none" and chunk:
            self._quotes.feed(self._mask(chunk), line)
            if self._quotes.refused:
                self._quotes.raise_error(held + chunk, line - held.count(self._dialect.newline))

    def find_end(self, text: bytes) -> int:
        """Return the length of the whole rows at the beginning of what was checked last."""
        newline = self._dialect.newline
        if self._dialect.quote == "none":
            return _find_after(text, text.rfind(newline))
        text = self._mask(text)
        end, is_open = len(text), self._quotes.is_open
        while True:
            if is_open:
                end = text.rfind(b'"', 0, end)
            place = text.rfind(newline, 0, end)
            is_open = place >= 0 and text.count(b'"', place, end) % 2 == 1
            if not is_open:
                return _find_after(text, place)
            end = place

    def end(self, rest: bytes, line: int) -> Iterator[Block]:
        """Check what is left after the last whole row, and return it as a block."""
        if not rest and not self._text.cut:
            return
        is_open = False
        if self._dialect.quote != "none" and rest:
            is_open = self._quotes.is_open
            # The last line may be cut off right after its end.
            last_line = self._text.line - rest.endswith(self._dialect.newline)
            if not is_open or self._quotes.opened_line < last_line:
                self._quotes.feed(b"", self._text.line)
                self._quotes.raise_error(rest, line)
        broken = is_open or self._text.cut
        yield Block(rest, line, ended=rest.endswith(b"\r") and not broken, broken=broken)

    def _mask(self, text: bytes) -> bytes:
        return mask_backslashes(text) if self._dialect.quote == "backslash" else text
