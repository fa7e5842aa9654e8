"""Parquet: every table of texts comes back, and values of other types as texts."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.configuration.errors import SourceError
from tasks.sources.reading import parquet
from tests.contracts import WINE_COLUMNS
from tests.tasks.sources.reading.tables import (
    HEADER,
    PACKERS,
    TABLES,
    Rows,
    not_empty,
    read_path,
)


def write(path: Path, columns: list[pa.Array], header: list[str], **options: object) -> bytes:
    pq.write_table(pa.table(columns, header), path, **options)
    return path.read_bytes()


@pytest.mark.parametrize("packer", PACKERS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=TABLES, part_rows=st.integers(1, 4), repeated=st.booleans())
def test_a_table_of_texts_comes_back(
    tmp_path: Path, packer: str, rows: Rows, part_rows: int, repeated: bool
) -> None:
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(3)]
    content = write(tmp_path / "made", columns, HEADER, row_group_size=3, use_dictionary=repeated)
    path = tmp_path / "packed"
    path.write_bytes(PACKERS[packer](content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "PART_ROWS", part_rows)
        read = read_path(path)
    assert (read.header, read.rows) == (HEADER, not_empty(rows))
    assert read.numbers == [number for number, row in enumerate(rows) if any(row)]


def test_values_of_other_types_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "reviews.parquet"
    columns = {
        "a": pa.array([1, None]),
        "b": pa.array([87.5, float("nan")]),
        "c": pa.array(["x", "y"], pa.large_string()).dictionary_encode(),
        "d": pa.array([b"x", b"\xc3\xa9"]),
        "e": pa.array([True, False]),
        "f": pa.array([datetime.date(2020, 1, 2), None]),
        "g": pa.array([decimal.Decimal("1.50"), None]),
        "h": pa.array([[1, 2], None]),
        "i": pa.array([{"x": "é"}, None]),
    }
    write(path, list(columns.values()), list(columns))
    read = read_path(path)
    assert read.header == list(columns)
    assert read.rows == [
        ["1", "87.5", "x", "x", "true", "2020-01-02", "1.50", "[1, 2]", '{"x": "é"}'],
        ["", "", "y", "é", "false", "", "", "", ""],
    ]
    assert read.notes == [
        'Warning: lists or objects are read as their JSON: in "h" and "i".',
        "NaN and <NA> count as empty: 1 in b.",
    ]


UNUSED = {
    "image": pa.array([b"\xff\xd8" * 600_000, None]),
    "vector": pa.array([[0.5] * 3, None]),
    "place": pa.array([{"x": 1.5, "points": 3}, None]),
    "price.net": pa.array([decimal.Decimal("1.50"), None]),
    "hash": pa.array([b"\xff", None], pa.binary(1)),
    "pages": pa.array([[{"text": b"\xff"}], None]),
    "length": pa.array([datetime.timedelta(1), None]),
    "html": pa.array(["x" * 2_000_000, None]),
    "map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
    "points.y": pa.array([[1], None]),
}


@pytest.mark.parametrize("name", UNUSED)
def test_a_column_that_nobody_asks_for_may_hold_anything(tmp_path: Path, name: str) -> None:
    texts, points = pa.array(["fine", None]), pa.array([90, None])
    write(tmp_path / "p", [texts, UNUSED[name], points], ["description", name, "points"])
    read = read_path(tmp_path / "p", WINE_COLUMNS)
    assert read.header == ["description", name, "points"]
    assert read.rows[0] == ["fine", "", "90"]


@given(st.lists(st.lists(st.sampled_from([None, "", "x"]), min_size=3, max_size=3), max_size=4))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_row_with_a_value_is_never_lost(tmp_path: Path, rows: list[list[str | None]]) -> None:
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(3)]
    write(tmp_path / "p", columns, ["description", "unknown", "unknown"])
    read = read_path(tmp_path / "p", WINE_COLUMNS)
    assert read.numbers == [number for number, row in enumerate(rows) if any(row)]
    # Of a column that is not unpacked nobody knows whether it has a value.
    for names in (["description", "b", "c", "d"], [*"abcd"]):
        write(tmp_path / "q", [*columns, pa.nulls(len(rows), pa.binary())], names)
        assert read_path(tmp_path / "q", WINE_COLUMNS).numbers == [*range(len(rows))]


def test_images_that_nobody_asks_for_are_not_unpacked(tmp_path: Path) -> None:
    columns = [pa.array(["fine"]), pa.array([bytes(5_000_000)])]
    write(tmp_path / "p", columns, ["description", "image"])
    assert read_path(tmp_path / "p", WINE_COLUMNS, unpacked_bytes_max=1_000).rows == [["fine", ""]]
    with pytest.raises(SourceError, match="decompression bomb"):
        read_path(tmp_path / "p", unpacked_bytes_max=1_000)


def test_two_columns_of_one_name_are_both_there(tmp_path: Path) -> None:
    write(tmp_path / "p", [pa.array(["1"]), pa.array(["2"])], ["a", "a"])
    read = read_path(tmp_path / "p")
    assert (read.header, read.rows) == (["a", "a"], [["1", "2"]])


@pytest.mark.parametrize("damage", ["cut", "hollow"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: str) -> None:
    content = write(tmp_path / "p", [pa.array(["firm wine"] * 100)], ["text"])
    (tmp_path / "p").write_bytes(
        {
            "cut": content[:-20],
            "hollow": content[:4] + bytes(40) + content[44:],
        }[damage]
    )
    with pytest.raises(SourceError, match=r"the Parquet file is cut off or damaged; get it again$"):
        read_path(tmp_path / "p")


def test_a_file_without_columns_is_not_damaged(tmp_path: Path) -> None:
    write(tmp_path / "p", [], [])
    with pytest.raises(SourceError, match="the Parquet file has no columns; write it again"):
        read_path(tmp_path / "p")


def test_the_limits_hold_for_values_that_are_repeated_a_million_times(tmp_path: Path) -> None:
    repeated = pa.DictionaryArray.from_arrays(
        pa.array([0] * 500_000, pa.int32()), pa.array(["x" * 1_000])
    )
    path = tmp_path / "p"
    content = write(path, [repeated], ["text"])
    assert len(content) < 60_000
    with pytest.raises(SourceError, match="far more than its size, as a decompression bomb does"):
        read_path(path)
    with pytest.raises(SourceError, match='the column "text" holds a field of 1,000 bytes, more'):
        read_path(path, field_bytes_max=999)


def test_the_unpacked_size_is_looked_up_before_anything_is_read(tmp_path: Path) -> None:
    texts = pa.array([f"{n:09}" for n in range(10_000)])
    write(tmp_path / "p", [texts], ["text"], use_dictionary=False)
    with pytest.raises(SourceError, match="decompression bomb"):
        read_path(tmp_path / "p", unpacked_bytes_max=50_000)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "p", [pa.array([b"\xff"])], ["text"])
    with pytest.raises(SourceError, match='the column "text" holds bytes that are not valid UTF-8'):
        read_path(tmp_path / "p")
