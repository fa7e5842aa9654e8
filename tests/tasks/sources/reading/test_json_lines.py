"""JSON Lines: an object in each line comes back as texts; other lines are rows with a reason."""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.unreadable import UNREADABLE
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading import json_lines
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.json_lines import OTHER_KEYS_MAX
from tasks.sources.reading.parts import TRUNCATED
from tasks.sources.reading.source_table import open_stream, open_table, read_all, read_table
from tasks.sources.reading.unpack import Unpacked
from tests.contracts import WINE, WINE_COLUMNS
from tests.tasks.sources.reading.tables import (
    ALL_COLUMNS,
    HEADER,
    TABLES,
    Rows,
    not_empty,
    read_bytes,
)

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ANY_TABLES = st.lists(st.lists(ANY_TEXT, min_size=3, max_size=3), max_size=8)


def write(rows: Rows, ascii_only: bool = False) -> bytes:
    objects = [dict(zip(HEADER, row, strict=True)) for row in rows]
    lines = [json.dumps(made, ensure_ascii=ascii_only) for made in objects]
    return "".join(f"{line}\n" for line in lines).encode()


@given(TABLES | ANY_TABLES, st.booleans(), st.integers(1, 40), st.integers(1, 4))
def test_a_table_of_texts_comes_back(
    rows: Rows, ascii_only: bool, piece: int, part_rows: int
) -> None:
    # pandas' word for an empty field is one here, too.
    rows = [["1", "a", "b"], *([f"{field}." for field in row] for row in rows)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "PART_ROWS", part_rows)
        read = read_bytes(write(rows, ascii_only), piece)
    assert (read.header, read.rows) == (HEADER, rows)
    assert read.numbers == list(range(len(rows)))


@given(TABLES, st.integers(0, 1_000))
def test_a_file_that_is_cut_off_has_no_altered_row(rows: Rows, place: int) -> None:
    rows = [["1", "a", "b"], *rows]
    text = write(rows)
    cut = text[: place % (len(text) + 1)]
    try:
        read = read_bytes(cut)
    except SourceError:
        return
    kept = [row for row in read.rows if row is not None]
    assert kept == not_empty(rows)[: len(kept)]
    assert len(read.rows) - len(kept) == int(TRUNCATED in read.notes) <= 1
    assert None not in read.rows[:-1]


def test_values_are_read_as_they_are_written() -> None:
    long = "9" * 5_000
    read = read_bytes(
        f'{{"a": 87.0, "b": {long}, "c": true}}\n\n'
        f'{{"d": null, "a": 1e400, "c": [1, {{"x": "é"}}]}}'
        '\n{"a": NaN, "b": "x", "d": "NaN"}\n'.encode()
    )
    assert read.header == ["a", "b", "c", "d"]
    assert read.rows == [
        ["87.0", long, "true", ""],
        ["1e400", "", '[1, {"x": "é"}]', ""],
        ["", "x", "", ""],
    ]
    assert read.notes[-1] == "NaN and <NA> count as empty: 1 in a, 1 in d."


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"a": 1,}', 'this line is not valid JSON: "{"a": 1,}"'),
        ("[1, 2]", 'no JSON object, as {…}, is in this line: "[1, 2]"'),
        ('{"a": 1, "a": 2}', 'this line names a key twice: "{"a": 1, "a": 2}"'),
        ('{"a": {"b": 1, "b": 2}}', "this line names a key twice"),
        ('{"a": "\\ud800"}', "this line holds JSON that cannot be read as text"),
        ('{"a": ' + "[" * 100_000, "this line holds JSON that cannot be read as text"),
    ],
)
def test_a_line_without_an_object_is_a_row_with_its_reason(
    tmp_path: Path, line: str, why: str
) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_text(f'{{"a": "1"}}\n{line}\n{{"a": "2"}}\n', encoding="utf-8")
    _, table, _ = read_table(path, ALL_COLUMNS, IngestParameters())
    assert table["row_number"].to_pylist() == [0, 1, 2]
    assert table["0"].to_pylist() == ["1", None, "2"]
    assert table[UNREADABLE][1].as_py().startswith(why)


def test_what_is_too_large_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match="line 2: a field of 9 bytes, more than 8; raise"):
        read_bytes(b'{"a": 1}\n{"a": "123456789"}\n', field_bytes_max=8)
    with pytest.raises(SourceError, match="line 2: a line of more than 128 bytes; raise"):
        read_bytes(b'{"a": 1}\n{"a": "' + b"1" * 200, field_bytes_max=8)


def test_keys_that_nobody_asks_for_cost_nothing_and_are_named() -> None:
    lines = [{f"{n}-{m}": 1 for m in range(20)} | {"Points": n} for n in range(100)]
    lines.append({"Points": None, "0-1": "the only value"})
    lines.append({"Points": "NaN", "0-1": True})
    lines += [{"Points": None, "0-1": ""}, {"Points": "NaN", "0-1": "NaN"}]
    text = "\n".join(map(json.dumps, lines)).encode()
    source = open_stream(
        Unpacked(io.BytesIO(text), len(text)),
        WINE_COLUMNS,
        IngestParameters(),
        reopen=lambda: nullcontext(Unpacked(io.BytesIO(text), len(text))),
    )
    place = source.header.index("Points")
    assert len(source.header) == OTHER_KEYS_MAX + 1
    table, notes = read_all(source)
    assert table.column_names[2:] == [str(place)]
    assert table[str(place)].to_pylist() == [*map(str, range(100)), None, None]
    assert notes == [
        "Only the first 1,000 unexpected keys were kept.",
        "2 rows hold no value and were skipped.",
        "NaN and <NA> count as empty: 2 in Points.",
    ]


def test_a_key_that_scoring_keeps_is_listed_after_however_many_others() -> None:
    lines = [{f"{n}-{m}": 1 for m in range(20)} for n in range(100)]
    text = "\n".join(map(json.dumps, [*lines, {"description": "fine", "my key": 1}])).encode()
    for others, found in (((), False), (["My Key"], True)):
        source = open_stream(
            Unpacked(io.BytesIO(text), len(text)),
            ExpectedColumns.of(WINE, ["description"], others),
            IngestParameters(),
        )
        assert ("my key" in source.header) == found


def test_a_key_is_read_if_scoring_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "reviews.jsonl"
    path.write_text('{"a": "NaN", "b": "NaN", "description": "NaN"}\n{"b": {"c": 1}}\n')
    with open_table(path, WINE_COLUMNS, IngestParameters()) as table:
        table.tally.as_written = {1}
        rows, notes = read_all(table)
    assert rows.select(["1", "2"]).to_pydict() == {"1": ["NaN", '{"c": 1}'], "2": [None, None]}
    assert notes == [
        'Warning: lists or objects are read as their JSON: in "b".',
        "NaN and <NA> count as empty: 1 in description.",
    ]


@pytest.mark.parametrize("newline", ["\r", "\n", "\r\n"])
def test_every_line_end_is_one(newline: str) -> None:
    text = newline.join(['{"a": "1"}', "", '{"a": 2', '{"a": "3"}', ""])
    read = read_bytes(text.encode(), 3)
    assert (read.rows, read.numbers) == ([["1"], None, ["3"]], [0, 1, 2])


@pytest.mark.parametrize("text", [b"{}\n", b"{ }"])
def test_a_file_without_keys_is_refused(text: bytes) -> None:
    with pytest.raises(SourceError, match="no line holds a JSON object with a key"):
        read_bytes(text)
