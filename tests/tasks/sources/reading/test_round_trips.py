"""Every table of texts comes back the same, however it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError
from tasks.sources.reading.parts import NO_LINE_END, TRUNCATED
from tests.tasks.sources.reading.tables import (
    HEADER,
    PACKERS,
    STYLES,
    TABLES,
    Rows,
    Style,
    can_hold,
    not_empty,
    read_bytes,
    read_path,
    write_csv,
)

PLAIN = Style("comma", "double", "\n", "utf-8", quote_all=False)
BACKSLASH = PLAIN._replace(quote="backslash")


@given(TABLES, STYLES, st.integers(1, 40))
@example([["1", "AC\\DC", "x"], ["2", '\\"', "\\"]], BACKSLASH, 1)
@example([["1", "a\r", "\n"]], PLAIN._replace(newline="\r"), 3)
def test_a_csv_of_any_style_comes_back(rows: Rows, style: Style, piece: int) -> None:
    rows = can_hold(rows, style)
    read = read_bytes(write_csv(rows, style), piece, **style.parameters)
    assert read.header == HEADER
    assert read.rows == not_empty(rows)
    assert read.numbers == [number for number, row in enumerate(rows) if any(row)]


@pytest.mark.parametrize("packer", PACKERS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLES, style=STYLES)
def test_a_packed_csv_comes_back(tmp_path: Path, packer: str, rows: Rows, style: Style) -> None:
    rows = can_hold(rows, style)
    path = tmp_path / "reviews"
    path.write_bytes(PACKERS[packer](write_csv(rows, style)))
    assert read_path(path, **style.parameters).rows == not_empty(rows)


@given(TABLES, STYLES, st.integers(0, 1_000), st.integers(1, 40))
@example([["1", "a é", "b"]], PLAIN, 19, 40)
@example([], PLAIN._replace(encoding="utf-16"), 7, 1)
@example([["1", "a\nb", '"c']], PLAIN._replace(quote_all=True), 40, 40)
def test_a_file_that_is_cut_off_has_no_altered_row(
    rows: Rows, style: Style, place: int, piece: int
) -> None:
    rows = can_hold(rows, style)
    text = write_csv(rows, style)
    cut = text[: place % (len(text) + 1)]
    try:
        read = read_bytes(cut, piece, **style.parameters)
    except SourceError:
        return
    if read.header != HEADER:
        assert read.rows == []
        return
    *before, last = [*read.rows, None] if not read.rows else read.rows
    assert before == not_empty(rows)[: len(before)]
    if last is None:
        assert not read.rows or TRUNCATED in read.notes
    elif last != not_empty(rows)[len(before)]:
        # Nobody can see that the last field is incomplete.
        whole = not_empty(rows)[len(before)]
        assert NO_LINE_END in read.notes
        assert last[:-1] == whole[:-1]
        assert whole[-1].startswith(last[-1].rstrip('\\"'))


def test_a_file_cut_off_in_the_middle_of_its_last_line_says_so() -> None:
    for end in ("2,b", '2,"b', '2,"b\n', "2", '2,"b""'):
        read = read_bytes(f",text,points\n1,a,90\n{end}".encode())
        assert read.rows == [["1", "a", "90"], None]
        assert read.notes == [TRUNCATED]


def test_a_file_cut_off_within_the_first_character_of_a_line_says_so() -> None:
    read = read_bytes("a,b\n1,2\n🍷".encode()[:-1])
    assert (read.rows, read.notes) == ([["1", "2"], None], [TRUNCATED])


def test_backslashes_in_a_header_belong_to_its_names() -> None:
    text = b'a\\b,"c \\"d\\"",e\\\\\n1,2,3\n'
    read = read_bytes(text, quote="backslash")
    assert (read.header, read.rows) == (["a\\b", 'c "d"', "e\\"], [["1", "2", "3"]])


def test_a_quote_opened_before_the_last_line_refuses_the_file() -> None:
    with pytest.raises(SourceError, match=r'line 2: a quote .* never closed: "1,"a,90"'):
        read_bytes(b',text,points\n1,"a,90\n2,b,91\n')
