"""Tables of texts, written in every way and read again."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from hypothesis import strategies as st

from data_contracts.unreadable import UNREADABLE
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading import csv_blocks
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.records import DELIMITERS
from tasks.sources.reading.source_table import open_stream, read_all, read_table
from tasks.sources.reading.unpack import Unpacked
from tests.contracts import WINE_COLUMNS

HEADER = ["", "text", "points"]
Rows = list[list[str]]
TEXTS = st.text(st.sampled_from('ab éü;,|\t"\\\n\r'), max_size=8) | st.sampled_from(
    ["", '"', '\\"', "\\", 'a "firm" wine', '"firm" wine', "AC\\DC", "\r\n", '",', ' "a"', '\\",']
)


ALL_COLUMNS = WINE_COLUMNS._replace(find=lambda header: range(len(header)))
"""The wine contract's columns, beside which all others are read, too."""


class Read(NamedTuple):
    """A file that was read: its rows with empty strings, None for those that could not be read."""

    header: list[str]
    rows: list[list[str] | None]
    notes: list[str]
    numbers: list[int]


def to_read(header: list[str], table: pa.Table, notes: list[str]) -> Read:
    names = [str(position) for position in range(len(header))]
    rows = [
        None if row[UNREADABLE] else [row.get(name) or "" for name in names]
        for row in table.to_pylist()
    ]
    return Read(header, rows, notes, table["row_number"].to_pylist())


def read_bytes(
    text: bytes, piece: int = 2**20, expected: ExpectedColumns = ALL_COLUMNS, **parameters: Any
) -> Read:
    """Read a text, `piece` bytes at a time, in blocks of about as many bytes."""

    class Pieces(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(piece if size is None or size < 0 else min(size, piece))

    def open_again() -> AbstractContextManager[Unpacked]:
        return nullcontext(Unpacked(Pieces(text), len(text)))

    given = IngestParameters(**parameters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_blocks, "BLOCK_BYTES", piece)
        source = open_stream(Unpacked(Pieces(text), len(text)), expected, given, reopen=open_again)
        return to_read(source.header, *read_all(source))


def check_refused(text: bytes, says: str) -> None:
    """Check that a text is refused in one short line that begins like this."""
    with pytest.raises(SourceError) as caught:
        read_bytes(text)
    assert str(caught.value).startswith(says)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def read_path(path: Path, expected: ExpectedColumns = ALL_COLUMNS, **parameters: Any) -> Read:
    return to_read(*read_table(path, expected, IngestParameters(**parameters).for_name(path.name)))


def zipped(name: str) -> Callable[[bytes], bytes]:
    def pack(content: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return target.getvalue()

    return pack


def zstandard(content: bytes) -> bytes:
    target = pa.BufferOutputStream()
    with pa.CompressedOutputStream(target, "zstd") as stream:
        stream.write(content)
    return target.getvalue().to_pybytes()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard,
    "zip": zipped("made/reviews.csv"),
    "zip of bz2": lambda content: zipped("reviews.csv.bz2")(bz2.compress(content)),
}


class Style(NamedTuple):
    """How a CSV is written."""

    delimiter: str
    quote: str
    newline: str
    encoding: str
    quote_all: bool

    @property
    def parameters(self) -> dict[str, str]:
        """The options that read it."""
        plain = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        return {"delimiter": self.delimiter, "quote": self.quote, "encoding": plain}


STYLES = st.builds(
    Style,
    st.sampled_from(sorted(DELIMITERS)),
    st.sampled_from(["double", "backslash", "none"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1", "mac-roman"]),
    st.booleans(),
)
TABLES = st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=8)


def write_csv(rows: Rows, style: Style, header: list[str] | None = None) -> bytes:
    """Write a table with Python's csv; fields with line ends are always quoted."""
    delimiter = DELIMITERS[style.delimiter]
    target = io.StringIO()
    breaks = any(c in field for row in rows for field in row for c in "\r\n")
    quoting = csv.QUOTE_ALL if style.quote_all or breaks else csv.QUOTE_MINIMAL
    ways: dict[str, dict[str, Any]] = {
        "double": {"quoting": quoting},
        "backslash": {"quoting": quoting, "doublequote": False, "escapechar": "\\"},
        "none": {"quoting": csv.QUOTE_NONE, "quotechar": None},
    }
    writer = csv.writer(
        target, delimiter=delimiter, lineterminator=style.newline, **ways[style.quote]
    )
    writer.writerows([header or HEADER, *rows])
    return target.getvalue().encode(style.encoding)


def can_hold(rows: Rows, style: Style) -> Rows:
    """Take what a style without quotes cannot write out of a table."""
    if style.quote != "none":
        return rows
    gone = str.maketrans("", "", f"\r\n{DELIMITERS[style.delimiter]}")
    return [[field.translate(gone) for field in row] for row in rows]


def not_empty(rows: Rows) -> Rows:
    return [row for row in rows if any(row)]
