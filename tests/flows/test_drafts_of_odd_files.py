"""Files that can be read, but hardly as they are meant: what a draft says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contracts.contract import read_contract
from flows.contract import main
from tests.other_reviews import halves, make_reviews, write_csv

pytestmark = pytest.mark.heavy


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_csv(make_reviews(halves), tmp_path / "beers.csv")


def test_a_file_that_is_read_in_a_wrong_encoding_is_told(file: Path, capsys) -> None:
    reviews = make_reviews(halves)
    rows = [[*row[:3], f"{row[3]} Прекрасное вино", row[4]] for row in reviews.rows]
    write_csv(reviews._replace(header=["id", "city", *reviews.header[2:]], rows=rows), file)
    text = file.read_text(encoding="utf-8").replace("Köln", "Cologne")
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    file.write_text(text, encoding="utf-8")
    assert main(words) == 0
    assert "wrong encoding" not in capsys.readouterr().out
    file.write_text(text, encoding="cp1251")
    assert main([*words, "--overwrite", "--ingest.encoding=cp1252"]) == 0
    said = capsys.readouterr().out
    assert "note: text: 400 of 400 texts look as if read in a wrong encoding, such as " in said
    assert "Ïðåêðàñíîå" in said
    assert "; save the file as UTF-8 in the program that wrote it, or name another --ing" in said
    assert said.count("wrong encoding") == 1


@pytest.mark.parametrize(
    ("total", "shown"),
    [
        (["Total", "", "", "", "3123.5"], '"Total", "3123.5"'),
        (["", "", "", "Grand total:", "3123.5"], '"Grand total:", "3123.5"'),
        (["", "", "", "Average", "6.6"], '"Average", "6.6"'),
        (["", "", "", "", "99999"], '"99999"'),
        (["400", "Köln", "", "", "10"], None),
        (["400", "Köln", "", "The total was fine.", "9"], None),
        (["Total", "", "", "A review.", "9"], None),
    ],
)
def test_a_last_row_that_sums_up_the_others_is_left_out(
    file: Path, capsys, total: list[str], shown: str | None
) -> None:
    reviews = make_reviews(halves)
    write_csv(reviews._replace(rows=[*reviews.rows, total]), file)
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert f"a draft from {401 - bool(shown)} rows" in said
    assert ("the last row looks like a total" in said) is bool(shown)
    assert shown is None or f"others: {shown}; delete it from the file\n" in said
    assert read_contract(output).dataset.target.maximum == 10


@pytest.mark.parametrize("names", [("text", "stars"), ("Text", "1")])
def test_a_file_without_a_header_is_told(file: Path, capsys, names: tuple[str, str]) -> None:
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    output = file.with_name("beers.odcs.yaml")
    words = [f"--text={names[0]}", f"--target={names[1]}", f"--output={output}"]
    assert main(["draft", str(file), *words]) == 1
    said = capsys.readouterr().err
    none = f"beers.csv: there is no column {names[0]} or {names[1]}, and the header looks like a"
    assert f'{none} row: "0", ' in said
    assert said.endswith("; add a line with the names of the columns above it\n")


def test_a_header_of_numbers_is_no_row(tmp_path: Path, capsys) -> None:
    file = tmp_path / "pivot.csv"
    file.write_text("0,1\na,2\nb,3\n")
    words = ["draft", str(file), "--text=text", "--target=1", f"--output={file}.odcs.yaml"]
    assert main(words) == 1
    assert "the file has no column text for the text; its columns are 0, 1" in (
        capsys.readouterr().err
    )


def test_a_column_with_a_name_of_the_pipelines_own_is_told(file: Path, capsys) -> None:
    reviews = make_reviews(halves)
    write_csv(reviews._replace(header=["row_number", *reviews.header[1:]]), file)
    output = file.with_name("beers.odcs.yaml")
    assert main(["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]) == 0
    said = capsys.readouterr().out
    assert 'note: the column "row_number" is called row_number_in_file in the contract, as' in said
    assert said.count("is called") == 1
    assert "row_number_in_file" in read_contract(output).schema.names
