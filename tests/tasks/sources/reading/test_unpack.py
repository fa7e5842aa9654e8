"""Packed files: the limits hold for each kind, damage is told, and the right member is taken."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading.source_table import open_bytes
from tests.contracts import WINE, WINE_COLUMNS
from tests.tasks.sources.reading.tables import PACKERS, read_path

TEXT = b"description,points\nA firm wine.,90\n"
CONTRACTS = ",".join(WINE.header).encode() + b"\n" + b"1" + b"," * 13 + b"\n"
QUOTED = ",".join(f'"{name}"' for name in WINE.header).encode() + b"\r\n2" + b"," * 13
LINES = json.dumps(dict.fromkeys(WINE.header, "3")).encode()


def parquet(columns: int) -> bytes:
    target = io.BytesIO()
    names = WINE.header[:columns]
    pq.write_table(pa.table([pa.array(["4"])] * len(names), list(names)), target)
    return target.getvalue()


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("packer", sorted(set(PACKERS) - {"plain"}))
def test_a_bomb_is_refused_whatever_packs_it(tmp_path: Path, packer: str) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(PACKERS[packer](TEXT + b"x,1\n" * 5_000_000))
    with pytest.raises(SourceError, match="far more than its size, as a decompression bomb does"):
        read_path(path)


@pytest.mark.parametrize("packer", sorted(set(PACKERS) - {"plain"}))
def test_a_packed_file_that_is_cut_off_is_refused(tmp_path: Path, packer: str) -> None:
    path = tmp_path / "cut"
    text = TEXT + bytes(range(48, 58)) * 50
    path.write_bytes(PACKERS[packer](text)[:-12])
    with pytest.raises(SourceError, match=r"^(the packed file is cut off|the zip archive is dam)"):
        read_path(path)


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", "zst", "zip of bz2"])
def test_an_empty_file_is_unpacked(tmp_path: Path, packed: str) -> None:
    path = tmp_path / "reviews"
    path.write_bytes(PACKERS[packed](b""))
    with pytest.raises(SourceError, match="the file is empty: it has neither"):
        read_path(path)


@pytest.mark.parametrize("outer", ["gz", "bz2", "xz", "zst", "zip of bz2"])
@pytest.mark.parametrize(
    ("inner", "what"),
    [
        ("gz", "gzip file"),
        ("bz2", "bzip2 file"),
        ("xz", "xz file"),
        ("zst", "Zstandard file"),
        ("zip", "zip archive"),
    ],
)
def test_what_is_packed_twice_is_named(tmp_path: Path, outer: str, inner: str, what: str) -> None:
    path = tmp_path / "twice"
    path.write_bytes(PACKERS[outer](PACKERS[inner](TEXT)))
    with pytest.raises(
        SourceError, match=rf"this is a {what} within a \w+ file; unpack the outer one first$"
    ):
        read_path(path)


@pytest.mark.parametrize("packer", PACKERS)
def test_a_delivery_is_the_same_bytes_whatever_packs_it(tmp_path: Path, packer: str) -> None:
    path = tmp_path / "packed"
    path.write_bytes(PACKERS[packer](b"\xef\xbb\xbf" + TEXT))
    with open_bytes(path, WINE_COLUMNS, IngestParameters()) as unpacked:
        assert b"".join(iter(lambda: unpacked.read(5), b"")) == b"\xef\xbb\xbf" + TEXT


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("quoted.csv", QUOTED, "2"),
        ("lines.ndjson", LINES, "3"),
        ("table.PARQUET", parquet(14), "4"),
    ],
)
def test_of_several_tables_the_one_with_the_contracts_columns_is_taken(
    tmp_path: Path, name: str, content: bytes, row: str
) -> None:
    others = {"a.csv": TEXT, "b.parquet": parquet(2), "c.jsonl": b'{"x": 1}', "d.csv": b"\xff\n"}
    read = read_path(write_zip(tmp_path / "z", {**others, name: content, "notes.txt": b"x"}))
    assert [r[0] for r in read.rows if r] == [row]
    both = write_zip(tmp_path / "both", {name: content, "contract.csv": CONTRACTS})
    with pytest.raises(
        SourceError, match=r"2 tables .* of which 2 have the columns that are needed"
    ):
        read_path(both)


def test_if_none_has_the_whole_header_the_one_with_the_needed_columns_is_taken(
    tmp_path: Path,
) -> None:
    names = {"names.csv": b"taster,description\nA,x\n", "reviews.csv": TEXT}
    assert read_path(write_zip(tmp_path / "z", names)).rows == [["A firm wine.", "90"]]
    two = write_zip(tmp_path / "two", {**names, "more.csv": TEXT})
    with pytest.raises(SourceError, match="of which 2 have the columns that are needed"):
        read_path(two)


@pytest.mark.parametrize(
    "name",
    ["reviews.json", "reviews.txt", "Reviews", "in/reviews.DAT", "reviews 12:30.csv", "a.txt.gz"],
)
def test_a_table_may_have_any_usual_name(tmp_path: Path, name: str) -> None:
    content = {".gz": gzip.compress(TEXT)}.get(name[-3:], TEXT)
    members = {name: content, ".hidden": b"x", "photo.png": b"\0", "empty/": b""}
    assert read_path(write_zip(tmp_path / "z", members)).rows == [["A firm wine.", "90"]]


def test_what_macos_adds_is_no_table(tmp_path: Path) -> None:
    members = {"wine.csv": TEXT, "__MACOSX/._wine.csv": b"\0\5", "made/._x.csv": b"\0", ".": b""}
    assert read_path(write_zip(tmp_path / "z", members)).rows == [["A firm wine.", "90"]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"the file is empty: it has neither"),
        (TEXT + b"a\xe9,90\n", r"line 3: byte 0xE9"),
        (TEXT + b'a "firm" wine,90\n', r"line 3: a quote stands inside"),
        (gzip.compress(TEXT, mtime=0)[:-9], r"the packed file is cut off or damaged"),
    ],
)
def test_what_is_wrong_in_an_archive_is_told_with_the_members_name(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = write_zip(tmp_path / "z", {"in/wine.csv": content})
    with pytest.raises(SourceError, match=rf"\Ain/wine\.csv: {says}"):
        read_path(path)


def test_a_member_named_tsv_is_read_with_tabs(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "z", {"reviews.TSV": TEXT.replace(b",", b"\t")})
    assert read_path(path).rows == [["A firm wine.", "90"]]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"xl/workbook.xml": b"", "[Content_Types].xml": b""}, r"an Excel workbook \(\.xlsx\)"),
        ({"mimetype": b"", "content.xml": b""}, r"a spreadsheet \(\.ods\)"),
        ({f"{n:02}.csv": TEXT for n in range(21)}, r"21 tables \(00.csv, .*, …\); unpack it and"),
        ({}, "the zip archive is empty; check how it was made"),
        (
            {"inner.zip": b"", "readme.txt": b"About the data, in short."},
            "another archive, and no table beside it: inner.zip, readme.txt; unpack it, and name",
        ),
        ({"a/wine.TAR.GZ": b"", "b.png": b""}, "it: a/wine.TAR.GZ, b.png; unpack it, and name"),
        (
            {"wine.csv": b"PK\x03\x04"},
            "wine.csv: this is a zip archive within another archive; unpack the outer one first",
        ),
        ({"photo.png": b""}, "holds no .csv, .tsv, .jsonl, .ndjson or .parquet, only photo.png"),
        ({"a.txt": b"%PDF-", "b": b""}, "2 cannot be read: a.txt: this is a PDF, .*; b: the file"),
        (
            {"a.csv": b"a\xff\n", "b.csv": b"x\n"},
            "of which 0 have .*; 1 cannot be read: a.csv: line",
        ),
        ({"C:/reviews.csv": TEXT}, "the unsafe name C:/reviews.csv; unpack it by hand"),
        ({"..\\reviews.csv": TEXT}, "the unsafe name"),
    ],
)
def test_archives_without_a_table_are_named_for_what_they_are(
    tmp_path: Path, members: dict[str, bytes], says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        read_path(write_zip(tmp_path / "z", members))
