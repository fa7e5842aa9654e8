"""Files in the shapes that real files were found in: what reading makes of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.configuration.errors import SourceError
from tests.tasks.sources.reading.tables import Read, read_path

SHAPES = Path(__file__).parents[5] / "shared/data/shapes"
BY_MARK = "The file was read as UTF-16, as its byte order mark says."

READ = {
    "bom_crlf.csv": 160,
    "cr_only.csv": 160,
    "quoted_all.csv": 160,
    "sep_line.csv": 120,
    "lines.jsonl": 160,
    "tabs.tsv": 160,
    "utf16.csv": 160,
    "zip_made_on_a_mac.zip": 120,
    "two_columns.csv": 160,
    "trailing_comma.csv": 120,
    "two_points.csv": 160,
    "two_index.csv": 120,
}
REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "semicolons.csv": ("add --ingest.delimiter semicolon", {"delimiter": "semicolon"}),
    "pipes.csv": ("add --ingest.delimiter pipe", {"delimiter": "pipe"}),
    "cp1252.csv": ("line 2: byte 0xE8", {"encoding": "cp1252"}),
    "backslash_quotes.csv": ("add --ingest.quote backslash", {"quote": "backslash"}),
    "row_in_quotes.csv": ("saved the file without splitting its lines", {}),
    "array.csv": ("this is a JSON array, not CSV", {}),
    "title_line.csv": ("line 2 like the header", {}),
}


def read(name: str, **options: Any) -> Read:
    if not SHAPES.exists():
        pytest.skip(f"the shapes are not at {SHAPES}")
    return read_path(SHAPES / name, **options)


@pytest.mark.parametrize("name", READ)
def test_a_shape_is_read_whole(name: str) -> None:
    found = read(name)
    assert len(found.rows) == READ[name]
    assert None not in found.rows
    assert found.notes == ([BY_MARK] if name == "utf16.csv" else [])
    assert {len(row) for row in found.rows if row} == {len(found.header)}


@pytest.mark.parametrize("name", REFUSED)
def test_a_shape_is_refused_with_what_helps(name: str) -> None:
    says, options = REFUSED[name]
    with pytest.raises(SourceError) as caught:
        read(name)
    assert says in str(caught.value)
    if options:
        found = read(name, **options)
        assert len(found.rows) in (120, 160)
        assert len(found.header) == 14
        assert None not in found.rows


def test_accents_are_right() -> None:
    for name, options in (("cp1252.csv", {"encoding": "cp1252"}), ("utf16.csv", {})):
        text = " ".join(field for row in read(name, **options).rows for field in row or [])
        assert "é" in text
        assert not any(mark in text for mark in ("Ã", "√", "\ufffd"))


def test_backslashes_leave_no_trace() -> None:
    found = read("backslash_quotes.csv", quote="backslash")
    assert 'A "firm" wine' in " ".join(row[2] for row in found.rows if row)
    assert "\\" not in " ".join(field for row in found.rows for field in row or [])


def test_a_short_line_and_a_cut_one_are_rows_that_could_not_be_read() -> None:
    short = read("short_line.csv")
    assert (len(short.rows), short.rows.count(None), short.notes) == (161, 1, [])
    cut = read("cut.csv")
    assert cut.rows.index(None) == len(cut.rows) - 1
    assert "looks truncated" in cut.notes[0]


def test_empty_rows_and_spelled_nulls_are_noted() -> None:
    empty = read("empty_rows.csv")
    assert len(empty.rows) == 120
    assert empty.notes == ["5 rows hold no value, only delimiters, and were skipped."]
    nulls = read("nulls_spelled.csv")
    assert nulls.notes[0].startswith("NaN and <NA> count as empty: 46 in designation, 15 in price")
    assert "NaN" not in {field for row in nulls.rows for field in row or []}
