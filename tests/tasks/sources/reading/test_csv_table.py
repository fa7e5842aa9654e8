"""A CSV is read as the strict reader of the standard library reads it, or refused."""

from __future__ import annotations

import csv
import io
import threading

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from data_contracts.unreadable import UNREADABLE
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading.parts import TRUNCATED
from tasks.sources.reading.source_table import open_stream, read_all
from tasks.sources.reading.unpack import Unpacked
from tests.contracts import WINE_COLUMNS
from tests.tasks.sources.reading.tables import read_bytes

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


def read_strictly(text: bytes) -> tuple[list[str], list[list[str] | None]]:
    """Read as RFC 4180 says; in a single column an empty line is an empty field.

    Rows of too few or too many fields are None, those without a value left out.
    """
    header, *rows = csv.reader(io.StringIO(text.decode(), newline=""), strict=True)
    rows = [row or [""] for row in rows] if len(header) == 1 else [row for row in rows if any(row)]
    # Such a row of delimiters and quotes is one that spreadsheets leave.
    rows = [row for row in rows if len(row) == len(header) or "".join(row).strip('," \t\r\n')]
    return header, [row if len(row) == len(header) else None for row in rows]


def write(rows: list[list[str]], **dialect: object) -> bytes:
    target = io.StringIO()
    csv.writer(target, **dialect).writerows(rows)  # type: ignore[arg-type]
    return target.getvalue().encode()


@given(TABLES, DIALECTS, st.integers(64, 200), st.booleans())
@example(
    [['"\r', ""]], {"quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"}, 64, False
)
@example(
    [["\r"]], {"quoting": csv.QUOTE_NONE, "escapechar": "\\", "lineterminator": "\r\n"}, 64, True
)
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
        found = read_bytes(text, piece, field_bytes_max=FIELD_BYTES_MAX)
    except SourceError:
        return
    try:
        header, strictly = read_strictly(text)
    except csv.Error:
        # The last line, which has no end, opens a quote.
        assert (found.rows[-1], TRUNCATED in found.notes) == (None, True)
        return
    assert (found.header, found.rows) == (header, strictly)


@pytest.mark.parametrize(
    ("text", "header"),
    [(b'"a\rb",c\n1,2\n', ["a\rb", "c"]), (b'"a\nb",c\r\n1,2\r\n', ["a\nb", "c"])],
)
def test_a_line_end_in_a_columns_name_belongs_to_it(text: bytes, header: list[str]) -> None:
    assert read_bytes(text) == (header, [["1", "2"]], [], [0])


@pytest.mark.parametrize("piece", range(1, 9))
def test_a_crlf_after_cr_is_no_row(piece: int) -> None:
    assert read_bytes(b"a\r1\r\n2\r\n\r\n3\r", piece).rows == [["1"], ["2"], [""], ["3"]]


@given(
    st.lists(st.sampled_from(["\ufeff", "\ufeff\ufeffa", "b\ufeff", '"\ufeff"', "c"]), min_size=1),
    st.booleans(),
    st.integers(64, 80),
)
@example(["\ufeffa"] * 40, True, 64)
def test_a_field_keeps_its_byte_order_mark_wherever_the_file_is_cut(
    firsts: list[str], marked: bool, piece: int
) -> None:
    text = "\n".join(["a,b", *(f"{first},1" for first in firsts), ""]).encode()
    found = read_bytes(marked * b"\xef\xbb\xbf" + text, piece, field_bytes_max=FIELD_BYTES_MAX)
    assert (found.header, found.rows) == read_strictly(text)


def test_two_columns_of_one_name_are_both_there() -> None:
    read = read_bytes(b"a,a\n1,2\n")
    assert (read.header, read.rows) == (["a", "a"], [["1", "2"]])


def test_the_parts_before_a_stray_quote_are_the_last_ones() -> None:
    text = b"a,b\n" + b"1,2\n" * 200 + b'3,4 "x"\n' + b"5,6\n" * 200
    parameters = IngestParameters(field_bytes_max=8)
    source = open_stream(Unpacked(io.BytesIO(text), len(text)), WINE_COLUMNS, parameters)
    rows = 0
    with pytest.raises(SourceError, match=r'line 202: a quote stands inside .*: "3,4 "x""; add'):  # noqa: PT012
        for part in source.parts:
            rows += part.num_rows
    assert 100 < rows <= 200


@pytest.mark.parametrize("piece", [5, 2**20])
def test_a_row_that_cannot_be_read_keeps_its_number_and_says_why(piece: int) -> None:
    text = b'a,b\n1,2\n\n3\n"4\n4",5\n,\n6,7,8\n"9\n",\n10,11\n'
    source = open_stream(Unpacked(io.BytesIO(text), len(text)), WINE_COLUMNS, IngestParameters())
    table, notes = read_all(source)
    assert table.to_pydict() == {
        "row_number": [0, 1, 2, 4, 5, 6],
        UNREADABLE: [
            None,
            '1 field where the header names 2: "3"',
            None,
            '3 fields where the header names 2: "6,7,8"',
            None,
            None,
        ],
        "0": ["1", None, "4\n4", None, "9\n", "10"],
        "1": ["2", None, "5", None, None, "11"],
    }
    assert notes == ["1 row holds no value and was skipped."]
    small = read_bytes(text, piece, field_bytes_max=8)
    assert small.numbers == [0, 1, 2, 4, 5, 6]


def test_a_backslash_before_a_delimiter_is_told() -> None:
    text = b'a,b\nx\\,y,1\n"x\\,y",2\n1,2,3\n'
    source = open_stream(
        Unpacked(io.BytesIO(text), len(text)), WINE_COLUMNS, IngestParameters(quote="backslash")
    )
    rows = read_all(source)[0]
    assert rows["0"].to_pylist() == [None, "x\\,y", None]
    first, _, last = rows[UNREADABLE].to_pylist()
    assert first.endswith(r"; the delimiter in \, ends the field: enclose the field in quotes")
    assert last == '3 fields where the header names 2: "1,2,3"'


def test_rows_of_delimiters_alone_are_skipped_and_counted_whatever_their_number() -> None:
    read = read_bytes(b'a,b\n1,2\n,,,\n"",""\n3,4\n,\n')
    assert (read.rows, read.numbers) == ([["1", "2"], ["3", "4"]], [0, 3])
    assert read.notes == ["3 rows hold no value and were skipped."]


def test_nulls_that_are_spelled_out_count_as_empty_as_whole_fields_alone() -> None:
    read = read_bytes(b",b\nNaN,2\n1,<NA>\nNaN,nan\nNaNs,a NaN\n")
    assert read.rows == [["", "2"], ["1", ""], ["", "nan"], ["NaNs", "a NaN"]]
    assert read.notes == ["NaN and <NA> count as empty: 2 in column 1, 1 in b."]


def test_a_field_that_is_too_large_is_told_with_its_line() -> None:
    text = b'a,b\n1,"x\ny"\n\n3\n\n4,123456789\n'
    with pytest.raises(SourceError, match="line 7: a field of 9 bytes, more than 8; look for"):
        read_bytes(text, field_bytes_max=8)


def test_a_row_that_is_too_large_is_told_with_its_line() -> None:
    with pytest.raises(SourceError, match="line 3: a row of more than 128 bytes; look for"):
        read_bytes(b"a,b\n1,2\n3," + b"x" * 300 + b"\n", 32, field_bytes_max=8)


def test_nothing_reads_on_after_a_refusal() -> None:
    """A thread that reads when Python ends would keep the process from ending."""

    class Counting(io.BytesIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            Counting.reads += 1
            return super().read(min(1_000, size or 0))

    text = b"a,b\n" + b"1,2\n" * 300_000 + b'1,2 "x"\n' + b"1,2\n" * 300_000
    threads = threading.active_count()
    source = open_stream(
        Unpacked(Counting(text), len(text)), WINE_COLUMNS, IngestParameters(field_bytes_max=64)
    )
    with pytest.raises(SourceError, match="line 300002: a quote stands inside"):
        read_all(source)
    reads = Counting.reads
    assert reads < 1_300
    threading.Event().wait(0.2)
    assert (Counting.reads, threading.active_count()) == (reads, threads)


def test_a_file_that_ends_in_a_quoted_line_end_looks_truncated() -> None:
    found = read_bytes(b'"","text","points"\n"",";",";\r')
    assert found.rows == [None]
    assert "looks truncated" in found.notes[0]
