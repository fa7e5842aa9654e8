"""A header is found below titles, comments and blank lines, and what was skipped is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.records import DELIMITERS
from tests.contracts import WINE, WINE_COLUMNS
from tests.tasks.sources.reading.tables import read_bytes

TO_SCORE = ExpectedColumns.of(WINE, [WINE.dataset.text])
TABLE = '"description","points"\n"A ""firm"", red\nwine.","90"\n"# 2","91"\n'
ROWS = [['A "firm", red\nwine.', "90"], ["# 2", "91"]]
TITLES = st.sampled_from(
    [
        *("", " ", ",", "Title", "Title,", ",Title", '"Title"', '5" wines', '"Two', "points"),
        *("# exported, 2020", '"# by ""me"""', "#", "\t", "Wein für alle"),
    ]
)


@given(
    st.lists(TITLES, max_size=9),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(sorted(DELIMITERS)),
    st.booleans(),
    st.integers(1, 40),
)
def test_wherever_titles_are_placed_the_same_table_is_read(
    titles: list[str], newline: str, delimiter: str, auto: bool, piece: int
) -> None:
    lines = [title.replace(",", DELIMITERS[delimiter]) for title in titles]
    table = TABLE.replace('","', f'"{DELIMITERS[delimiter]}"').replace('"\n', f'"{newline}')
    text = "".join(f"{line}{newline}" for line in lines) + table
    given = "auto" if auto else delimiter
    read = read_bytes(text.encode(), piece, delimiter=given)
    assert (read.header, read.rows, read.numbers) == (["description", "points"], ROWS, [0, 1])
    assert len(read.notes) == bool(titles)
    if titles:
        shown = f"Lines 1 to {len(titles)}" if len(titles) > 1 else "Line 1"
        assert read.notes[0].startswith(f"{shown} above the header w")


def test_a_header_below_nine_lines_is_found_and_below_ten_not() -> None:
    assert read_bytes(b"Title\n" * 9 + TABLE.encode()).rows == ROWS
    assert read_bytes(b"Title\n" * 10 + TABLE.encode()).header == ["Title"]


def test_the_lines_that_were_skipped_are_quoted() -> None:
    read = read_bytes(b"sep=,\nWines\n\n# 2020\n,\nA\tb\nlast\n" + TABLE.encode())
    (note,) = read.notes
    assert note == ('Lines 2 to 7 above the header were skipped: "Wines", "# 2020", ",", ….')


def test_the_line_of_an_error_counts_what_was_skipped() -> None:
    with pytest.raises(SourceError, match=r'line 5: a quote stands inside a field .*: "b "c",2"'):
        read_bytes(b'Title "x\n\ndescription,points\na,1\nb "c",2\n')
    with pytest.raises(SourceError, match="line 3: a quote stands inside a field"):
        read_bytes(b'Title "x\n\ndescription,points,b "c"\na,1\n')


@pytest.mark.parametrize(
    "text",
    [
        "description\nfine\n",
        "# a\n\ndescription\nfine\n",
        "My reviews\nid,description\n1,fine\n",
        ",description\n1,fine\n",
    ],
)
def test_a_file_to_score_needs_no_other_column(text: str) -> None:
    assert read_bytes(text.encode(), expected=TO_SCORE).rows[0][-1:] == ["fine"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # One column: what stands above may be a row.
        ("fine\ndescription\nbad\n", 2),
        ("text,points\nfine,90\n", 1),
        ("country\nfine\ntitle\n", 2),
        ("a,b\ndescription,title\n", 1),
    ],
)
def test_a_row_is_not_taken_for_a_title(text: str, rows: int) -> None:
    assert (
        len(read_bytes(text.encode(), expected=TO_SCORE if rows == 2 else WINE_COLUMNS).rows)
        == rows
    )
