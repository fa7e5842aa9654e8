from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.contract import Contract
from data_contracts.number_texts import NumberStyle
from data_contracts.unreadable import UNREADABLE
from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.ingest import count_nulls, note_nulls, type_column, type_reviews
from tasks.sources.reading.expected import ExpectedColumns
from tasks.sources.reading.source_table import read_table
from tests.bad_inputs import BAD_INPUTS, GOOD_INPUTS, ROWS, demo_csv
from tests.contracts import STARS_COLUMNS, WINE, make_contract

UNREADABLE_INPUTS = [name for name, bad in BAD_INPUTS.items() if bad.exit_code == 1]


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return demo_csv(tmp_path_factory.mktemp("demo"))


def read(path: Path, contract: Contract = WINE, **parameters: int) -> pa.Table:
    expected = ExpectedColumns.of(contract)
    header, table, _ = read_table(path, expected, IngestParameters(**parameters))
    return type_reviews(contract, header, table)


@pytest.mark.parametrize("name", UNREADABLE_INPUTS)
def test_what_cannot_be_read_is_told_in_one_line(name: str, csv: bytes, tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(BAD_INPUTS[name].make(csv))
    with pytest.raises(SourceError, match=BAD_INPUTS[name].says.replace(".", r"\.")) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", sorted(GOOD_INPUTS))
def test_harmless_differences_change_nothing(name: str, csv: bytes, tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(GOOD_INPUTS[name].make(csv))
    reviews = read(path)
    expected = pd.read_csv(io.BytesIO(csv))
    assert reviews["row_number"].to_pylist() == list(range(ROWS))
    assert reviews["description"].to_pylist() == expected["description"].tolist()
    assert reviews["points"].to_pylist() == expected["points"].tolist()
    assert reviews["price"].null_count == expected["price"].isna().sum()
    assert reviews[WINE.as_written["points"]].null_count == ROWS


def test_quoted_commas_quotes_and_line_breaks_are_text(tmp_path: Path, csv: bytes) -> None:
    path = tmp_path / "source.csv"
    head = csv.splitlines(keepends=True)[0]
    path.write_bytes(head + b'0,Italy,"a ""firm"", red\nwine",,90,,,,,,,,,\n')
    assert read(path)["description"].to_pylist() == ['a "firm", red\nwine']


def test_of_two_tables_in_an_archive_the_contracts_is_taken(tmp_path: Path, csv: bytes) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "winemag-data_first150k.csv", ",country,description,points\n0,Italy,x,90\n"
        )
        archive.writestr("winemag-data-130k-v2.csv", csv)
        archive.writestr("winemag-data-130k-v2.json", "[]")
    assert read(path).num_rows == ROWS
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("copy.csv", csv)
    with pytest.raises(SourceError, match="3 tables"):
        read(path)


def test_the_contract_of_the_run_decides_between_two_tables(tmp_path: Path, csv: bytes) -> None:
    path, contract = tmp_path / "archive.zip", make_contract(tmp_path, STARS_COLUMNS)
    ours = '\ufeffid,"name, place",a.b,größe,100g,stars,text\r\n1,"X, Y",b,2,3,4.5,fine\r\n'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("wine.csv", csv)
        archive.writestr("ours.csv", ours)
    (review,) = read(path, contract).to_pylist()
    assert (review["name, place"], review["stars"], review["text"]) == ("X, Y", 4.5, "fine")
    assert read(path).num_rows == ROWS


def test_columns_are_found_by_name_and_missing_ones_are_null(tmp_path: Path) -> None:
    path, contract = tmp_path / "source.csv", make_contract(tmp_path, STARS_COLUMNS)
    path.write_text("text,Größe,other,STARS,A.B\nfine,2.5,x,4.5,b\ngood,big,y,five,\n")
    reviews = read(path, contract)
    written = [f":as_written:{name}" for name in ("id", "größe", "100g", "stars")]
    added = ["row_number", *written, UNREADABLE]
    assert reviews.column_names == [added[0], *contract.schema.names, *added[1:]]
    first, second = reviews.to_pylist()
    values = {"id": None, "name, place": None, "a.b": "b", "größe": 2.5, "100g": None}
    assert first == dict.fromkeys(added) | values | {"row_number": 0, "stars": 4.5, "text": "fine"}
    assert (second["größe"], second["stars"], second["row_number"]) == (None, None, 1)
    assert [second[f":as_written:{name}"] for name in ("größe", "stars")] == ["big", "five"]


@given(st.integers(-(10**17), 10**17))
def test_every_integer_reads_as_itself(value: int) -> None:
    texts = pa.chunked_array([[str(value), f"{value}.0", f" {value}", None]])
    values, breaches = type_column(texts, pa.int64())
    assert values.to_pylist() == [value, value, value, None]
    assert breaches.to_pylist() == [False] * 4


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_as_itself(value: float) -> None:
    values, breaches = type_column(pa.chunked_array([[repr(value)]]), pa.float64())
    assert values.to_pylist() == [value]
    assert breaches.to_pylist() == [False]


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-(10**6), 10**6, places=2),
    st.sampled_from(["point", "comma"]),
)
def test_every_number_reads_as_itself_with_either_decimal_sign(
    value: float | Decimal, decimal: str
) -> None:
    written = str(value).replace(".", "," if decimal == "comma" else ".")
    other = f"{float(value) + 0.5:.3f}".replace(".", "." if decimal == "comma" else ",")
    mixed = f"1{'.' if decimal == 'comma' else ','}{written.lstrip('-')}"
    texts = pa.chunked_array([[written, f" {written}\t", other, mixed, "4\x015"]])
    values, breaches = type_column(texts, pa.float64(), NumberStyle(decimal))
    assert values.to_pylist() == [float(value)] * 2 + [None] * 3
    assert breaches.to_pylist() == [False] * 2 + [True] * 3


def test_words_for_empty_fields_are_empty_in_columns_of_numbers_alone(tmp_path: Path) -> None:
    path, contract = tmp_path / "source.csv", make_contract(tmp_path, STARS_COLUMNS)
    path.write_text("text,größe,stars,a.b\nNone,NA, NA \nNA,na,4,NA\n".replace(" \n", " ,b\n"))
    style = NumberStyle(nulls=("NA", "None"))
    header, table, _ = read_table(path, ExpectedColumns.of(contract), IngestParameters())
    first, second = type_reviews(contract, header, table, style).to_pylist()
    assert (first["text"], second["text"], second["a.b"]) == ("None", "NA", "NA")
    assert (first["größe"], first["stars"], first[":as_written:größe"]) == (None, None, None)
    assert second[":as_written:größe"] == "na"
    (note,) = note_nulls(count_nulls(contract, header, table, style), style)
    assert note == '"NA" and "None" count as empty in columns of numbers: 1 in größe, 1 in stars.'
    assert note_nulls(count_nulls(contract, header, table, NumberStyle()), NumberStyle()) == []


@pytest.mark.parametrize("text", ["eighty", "8O", "88.5", "1e3", "", " ", "٨٨", "9" * 30, "0x10"])
def test_what_is_no_integer_is_marked_and_null(text: str) -> None:
    values, breaches = type_column(pa.chunked_array([[text]]), pa.int64())
    assert values.to_pylist() == [None]
    assert breaches.to_pylist() == [True]


def test_an_unreadable_value_is_kept_as_text_with_its_row(tmp_path: Path, csv: bytes) -> None:
    head, *_ = csv.splitlines(keepends=True)
    path = tmp_path / "source.csv"
    path.write_bytes(head + b"0,Italy,fine,,good,cheap,,,,,,,,\n" + b"1,Italy,fine,,90,,,,,,,,,\n")
    reviews = read(path)
    assert reviews[WINE.as_written["points"]].to_pylist() == ["good", None]
    assert reviews[WINE.as_written["price"]].to_pylist() == ["cheap", None]
    assert reviews["points"].to_pylist() == [None, 90]


@pytest.mark.heavy
def test_the_limits_are_parameters(tmp_path: Path, csv: bytes) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes(csv)
    with pytest.raises(SourceError, match="unpacked-bytes-max"):
        read(path, unpacked_bytes_max=1000)
    with pytest.raises(SourceError, match=r"raise --ingest\.field-bytes-max"):
        read(path, field_bytes_max=20)


def test_an_archive_with_a_damaged_member_is_told_in_one_line(tmp_path: Path, csv: bytes) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = tmp_path / f"archive-{method}.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            archive.writestr("one.csv", csv)
            archive.writestr("two.csv", csv)
        content = bytearray(path.read_bytes())
        content[60:400] = bytes(340)
        path.write_bytes(content)
        with pytest.raises(SourceError, match="damaged"):
            read(path)


@pytest.mark.parametrize(("ending", "says"), [("png", "only {}; name another"), ("csv", "{}: the")])
def test_names_in_an_archive_are_shown_tamely(tmp_path: Path, ending: str, says: str) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("read\nme\x1b[31m" + "x" * 500 + f".{ending}", b"")
    with pytest.raises(SourceError, match=says.format(r"read\?me\?\[31mx+")) as caught:
        read(path)
    assert len(str(caught.value)) < 200


def test_a_file_cut_off_inside_its_last_field_is_not_taken_for_whole(
    tmp_path: Path, csv: bytes
) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes(csv + b'400,Italy,a,b,90,20,c,d,e,f,g,h,i,"cut o')
    reviews = read(path)
    assert reviews[UNREADABLE].null_count == ROWS
    last = reviews.slice(ROWS).to_pylist()[0]
    assert {name: value for name, value in last.items() if value is not None} == {
        "row_number": ROWS,
        UNREADABLE: "the file ends within a field of this line:"
        ' "400,Italy,a,b,90,20,c,d,e,f,g,h,i,"cut o"',
    }


def test_a_row_of_many_large_fields_is_read(tmp_path: Path, csv: bytes) -> None:
    path = tmp_path / "source.csv"
    large = b"long " * 80_000
    path.write_bytes(csv + b"400,Italy," + large + b"," + large + b",90,20" + b",x" * 8 + b"\n")
    assert read(path).num_rows == ROWS + 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda csv: csv.decode().encode("utf-16-le"), "add --ingest.encoding utf-16"),
        (lambda csv: csv.replace(b",", b";"), "add --ingest.delimiter semicolon"),
        (lambda csv: csv + b"400,Italy," + b"x" * 2 * 1024**2 + b"\n", "--ingest.field-bytes-max"),
    ],
)
def test_the_advice_fits_what_is_wrong(tmp_path: Path, csv: bytes, change, says: str) -> None:
    path = tmp_path / "source.csv"
    path.write_bytes(change(csv))
    with pytest.raises(SourceError, match=says):
        read(path)


def test_a_number_without_bound_does_not_read() -> None:
    values, breaches = type_column(pa.chunked_array([["1e999", "2.5", None]]), pa.float64())
    assert values.to_pylist() == [None, 2.5, None]
    assert breaches.to_pylist() == [True, False, False]


def test_a_header_longer_than_one_read_is_read_whole(tmp_path: Path, csv: bytes) -> None:
    head, *rows = csv.splitlines(keepends=True)
    names = ",".join(f"column_{n}_{'x' * 500}" for n in range(40)).encode()
    path = tmp_path / "source.csv"
    path.write_bytes(
        head.rstrip()
        + b","
        + names
        + b"\n"
        + b"".join(r.rstrip() + b"," * 40 + b"\n" for r in rows)
    )
    assert read(path).num_rows == ROWS
