"""A CSV is read as the strict reader of the standard library reads it, or refused."""

from __future__ import annotations

import csv
import io
import threading

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError
from tasks.sources.csv_table import read_csv_table, stream_csv_tables
from tasks.sources.unpack import TextGuard

FIELD_BYTES_MAX = 8
"""So small that a file is cut into several blocks."""

FIELDS = st.text(st.sampled_from('ab"\\, \n\r'), max_size=6) | st.sampled_from(
    ["", '"', '""', '\\"', 'a "firm" wine', '"firm" wine', '6" long', "é", "\r\n", '",', ' "a"']
)
COUNTS = st.integers(1, 4)
TABLES = COUNTS.flatmap(
    lambda n: st.lists(st.lists(FIELDS, min_size=n, max_size=n), min_size=1, max_size=12)
)
QUOTINGS = [csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE]
QUOTINGS += [
    getattr(csv, name) for name in ("QUOTE_STRINGS", "QUOTE_NOTNULL") if hasattr(csv, name)
]
DIALECTS = st.fixed_dictionaries(
    {
        "quoting": st.sampled_from(QUOTINGS),
        "doublequote": st.booleans(),
        "escapechar": st.sampled_from([None, "\\"]),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
        "skipinitialspace": st.booleans(),
    }
)


def read(text: bytes, piece: int = 2**20) -> tuple[list[str], list[list[str]]]:
    """Read with our reader, `piece` bytes at a time; an empty field is an empty string."""

    class Pieces(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(piece if size is None or size < 0 else min(size, piece))

    def opener() -> TextGuard:
        return TextGuard(Pieces(text), len(text))

    header, table = read_csv_table(opener, FIELD_BYTES_MAX)
    columns = [[value or "" for value in column.to_pylist()] for column in table.columns]
    return header, [list(row) for row in zip(*columns, strict=True)]


def read_strictly(text: bytes) -> tuple[list[str], list[list[str]]]:
    """Read as RFC 4180 says; in a single column an empty line is an empty field.

    Where nothing but empty lines follows the header, there are no rows.
    """
    header, *rows = csv.reader(io.StringIO(text.decode(), newline=""), strict=True)
    empty = [[""]] if len(header) == 1 and any(rows) else []
    return header, [part for row in rows for part in ([row] if row else empty)]


def write(rows: list[list[str]], **dialect: object) -> bytes:
    target = io.StringIO()
    csv.writer(target, **dialect).writerows(rows)  # type: ignore[arg-type]
    return target.getvalue().encode()


@given(TABLES, DIALECTS, st.integers(64, 200), st.booleans())
def test_a_table_of_any_dialect_is_read_as_the_strict_reader_does_or_refused(
    rows: list[list[str]], dialect: dict[str, object], piece: int, ended: bool
) -> None:
    try:
        text = write(rows, **dialect)
    except csv.Error:
        assume(False)
    if not ended:
        text = text.rstrip(b"\r\n")
    try:
        found = read(text, piece)
    except SourceError:
        return
    assert found == read_strictly(text)


@pytest.mark.parametrize("part", ["title", "row"])
def test_a_carriage_return_in_a_columns_name_is_refused(part: str) -> None:
    # Arrow takes it for the end of the header, the strict reader for a part of the name.
    with pytest.raises(SourceError, match=r"line 1: a carriage return within a column's name"):
        read(b'"a\rb",c\n1,2\n' if part == "title" else b'"a\rb"\n1\n')


def test_the_parts_before_a_stray_quote_are_the_last_ones() -> None:
    text = b"a,b\n" + b"1,2\n" * 200 + b'3,4 "x"\n' + b"5,6\n" * 200
    parts = stream_csv_tables(lambda: TextGuard(io.BytesIO(text), len(text)), ["a", "b"], 8, 4)
    with pytest.raises(SourceError, match="line 202: a quote stands inside"):
        assert sum(part.num_rows for part in parts) <= 200


@pytest.mark.heavy
def test_nothing_reads_on_after_a_refusal() -> None:
    """A thread of Arrow's that reads when Python ends keeps the process from ending."""
    left, late = threading.Event(), []

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 3_000:
                left.wait(0.5)
                late.append(left.is_set())
            return super().read(min(1_000, size or 0))

    text = b"a,b\n1\n" + b"1,2\n" * 2_000
    with pytest.raises(SourceError, match="line 2: 1 fields"):
        read_csv_table(lambda: TextGuard(Slow(text), len(text)), FIELD_BYTES_MAX)
    left.set()
    threading.Event().wait(1)
    assert late
    assert not any(late)
