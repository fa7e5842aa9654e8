"""A header is found below titles, comments and blank lines, which an option skips."""

from __future__ import annotations

from typing import Any

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
def test_whatever_titles_stand_above_the_refusal_says_how_the_table_is_read(
    titles: list[str], newline: str, delimiter: str, auto: bool, piece: int
) -> None:
    lines = [title.replace(",", DELIMITERS[delimiter]) for title in titles]
    table = TABLE.replace('","', f'"{DELIMITERS[delimiter]}"').replace('"\n', f'"{newline}')
    text = "".join(f"{line}{newline}" for line in lines) + table
    options: dict[str, Any] = {"delimiter": "auto" if auto else delimiter}
    if titles:
        with pytest.raises(SourceError) as refused:
            read_bytes(text.encode(), piece, **options)
        assert f"and line {len(titles) + 1} " in str(refused.value)
        assert str(refused.value).endswith(f"or add --ingest.skip-lines {len(titles)}")
        options["skip_lines"] = len(titles)
    read = read_bytes(text.encode(), piece, **options)
    assert (read.header, read.rows, read.numbers) == (["description", "points"], ROWS, [0, 1])
    assert len(read.notes) == bool(titles)


def test_a_header_below_nine_lines_is_found_and_below_ten_not() -> None:
    with pytest.raises(SourceError, match=r'^line 1: "Title" looks like a title, and line 10 like'):
        read_bytes(b"Title\n" * 9 + TABLE.encode())
    assert read_bytes(b"Title\n" * 10 + TABLE.encode()).header == ["Title"]


def test_the_first_line_with_a_text_is_quoted() -> None:
    with pytest.raises(SourceError, match=r'^line 3: "A" looks like a title, and line 4 like the'):
        read_bytes(b"\n\nA\n" + TABLE.encode())
    with pytest.raises(SourceError, match=r"^line 1 is empty, and line 3 looks like the header"):
        read_bytes(b"\n\n" + TABLE.encode())


def test_where_a_line_names_the_delimiter_the_option_takes_its_place() -> None:
    text = b"sep=;\nWines\ndescription;points\nfine;90\n"
    options = "--ingest.skip-lines 2 --ingest.delimiter semicolon"
    with pytest.raises(SourceError, match=f"^line 2: .* or add {options}$"):
        read_bytes(text)
    assert read_bytes(text, skip_lines=2, delimiter="semicolon").rows == [["fine", "90"]]


def test_the_lines_that_were_skipped_are_quoted() -> None:
    above = b"Wines\n\n# 2020\n,\nA\tb\nsep=;\n"
    read = read_bytes(above + TABLE.replace('","', '";"').encode(), skip_lines=5)
    assert read.rows == ROWS
    (note,) = read.notes
    assert note == 'Lines 1 to 5 were skipped: "Wines", "# 2020", ",", ….'
    (note,) = read_bytes(b"Wines\n" + TABLE.encode(), skip_lines=1).notes
    assert note == 'Line 1 was skipped: "Wines".'
    with pytest.raises(
        SourceError, match=r"^--ingest\.skip-lines skips the whole file; lower the number$"
    ):
        read_bytes(TABLE.encode(), skip_lines=7)


def test_the_line_of_an_error_counts_what_was_skipped() -> None:
    with pytest.raises(SourceError, match=r'line 5: a quote stands inside a field .*: "b "c",2"'):
        read_bytes(b'Title "x\n\ndescription,points\na,1\nb "c",2\n', skip_lines=2)
    with pytest.raises(SourceError, match="line 3: a quote stands inside a field"):
        read_bytes(b'Title "x\n\ndescription,points,b "c"\na,1\n', skip_lines=2)


@pytest.mark.parametrize(
    ("text", "above"),
    [
        ("description\nfine\n", 0),
        ("# a\n\ndescription\nfine\n", 2),
        ("My reviews\nid,description\n1,fine\n", 1),
        (",description\n1,fine\n", 0),
    ],
)
def test_a_file_to_score_needs_no_other_column(text: str, above: int) -> None:
    if above:
        with pytest.raises(SourceError, match=f"--ingest.skip-lines {above}$"):
            read_bytes(text.encode(), expected=TO_SCORE)
    read = read_bytes(text.encode(), expected=TO_SCORE, skip_lines=above)
    assert read.rows[0][-1:] == ["fine"]


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
