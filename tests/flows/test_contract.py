from __future__ import annotations

import csv
from pathlib import Path

import pytest

from data_contracts.contract import read_contract
from flows.contract import main
from tests.http_server import Resource, serve
from tests.other_reviews import halves, make_reviews, write_csv

pytestmark = pytest.mark.heavy


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_csv(make_reviews(halves), tmp_path / "beers.csv")


@pytest.fixture
def drafted(file: Path, capsys) -> Path:
    """The drafted contract of the file."""
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    assert main(words) == 0
    capsys.readouterr()
    return output


def test_a_draft_is_written_and_passes_its_own_check(file: Path, capsys) -> None:
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "a draft from 400 rows" in said
    assert f"wine-points check --contract {output} --source {file}" in said
    assert main(["check", str(output)]) == 0
    said = capsys.readouterr().out
    assert "valid, urn:datacontract:beers 1.0.0" in said
    assert "status is draft" in said


def test_a_file_in_another_encoding_is_drafted_and_its_options_are_repeated(
    file: Path, capsys
) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    options = ["--ingest.encoding=cp1252", "--ingest.delimiter=semicolon"]
    options.append("--ingest.skip-lines=1")
    file.write_text(
        "\n".join(["My reviews", *lines, "cut;off"]).replace(",", ";"), encoding="cp1252"
    )
    assert main([*words, *options]) == 0
    said = capsys.readouterr().out
    assert "a draft from 400 rows" in said
    assert 'note: Line 1 was skipped: "My reviews".' in said
    assert f"--source {file} --ingest.encoding cp1252 --ingest.delimiter semicolon" in said
    assert "größe" in output.read_text(encoding="utf-8")


def test_decimal_commas_and_words_for_empty_fields_are_drafted_as_numbers(
    file: Path, capsys
) -> None:
    reviews = make_reviews(halves)
    rows = [[*row[:-1], row[-1].replace(".", ",")] for row in reviews.rows]
    rows[7][-1], rows[8][-1] = "NA", " \\N"
    with file.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, delimiter=";").writerows([reviews.header, *rows])
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    words += ["--ingest.delimiter=semicolon", "--ingest.decimal=comma"]
    words += ["--ingest.nulls", '"--",NA,null,\\N']
    assert main(words) == 0
    options = (
        """--ingest.delimiter semicolon --ingest.decimal comma --ingest.nulls '"--",NA,null,\\N'"""
    )
    assert options in capsys.readouterr().out
    target = read_contract(output).dataset.target
    assert (target.minimum, target.maximum, target.step) == (0, 10, 0.5)


def test_decimal_commas_without_the_option_are_told(file: Path, capsys) -> None:
    reviews = make_reviews(halves)
    for number, row in enumerate(reviews.rows):
        row[2:3], row[-1] = [f"{number},25"], row[-1].replace(".", ",")
    with file.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([reviews.header, *reviews.rows])
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", f"--output={output}"]
    advice = "are texts; if the comma is the decimal sign, add --ingest.decimal comma"
    for target in ("stars", "Stars ", "STARS"):
        assert main([*words, f"--target={target}"]) == 1
        assert f'stars: values such as "{reviews.rows[0][-1]}" {advice}' in capsys.readouterr().err
    assert not output.exists()
    assert main([*words, "--target=id"]) == 0
    assert f'note: 100g: values such as "0,25" {advice}\n' in capsys.readouterr().out


def test_words_for_empty_fields_beside_numbers_are_told(file: Path, capsys) -> None:
    reviews = make_reviews(halves)
    for number, row in enumerate(reviews.rows):
        row[2], row[-1] = ("NA", row[-1]) if number % 5 else (str(number), "n/a")
    write_csv(reviews, file)
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", f"--output={output}"]
    assert main([*words, "--target=stars"]) == 1
    advice = 'stars: "n/a" beside numbers; if "n/a" means empty, add --ingest.nulls n/a'
    assert advice in capsys.readouterr().err
    assert main([*words, "--target=stars", "--ingest.nulls=n/a"]) == 0
    advice = '"NA" beside numbers; if "NA" means empty, add --ingest.nulls NA'
    assert f"note: {reviews.header[2]}: {advice}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["73%"], '"73%"; write the numbers alone, such as 4.5.'),
        (["4 stars", "5 stars"], '"4 stars", "5 stars"; write'),
        (["true", "false"], '"true", "false"; write'),
    ],
)
def test_a_target_without_numbers_is_quoted(
    file: Path, capsys, values: list[str], shown: str
) -> None:
    reviews = make_reviews(halves)
    for number, row in enumerate(reviews.rows):
        row[-1] = values[number % 3 % len(values)]
    write_csv(reviews, file)
    words = ["draft", str(file), "--text=text", "--target=stars"]
    assert main([*words, f"--output={file.with_name('beers.odcs.yaml')}"]) == 1
    said = capsys.readouterr().err
    assert "beers.csv: the target must have numbers: stars: " in said
    assert "values are not read as numbers: " in said
    assert shown in said
    assert said.count("\n") == 1


def test_rows_that_cannot_be_read_are_told(file: Path, capsys) -> None:
    reviews = make_reviews(halves)
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    broken = [row if number % 2 else [*row, "odd"] for number, row in enumerate(reviews.rows)]
    write_csv(reviews._replace(rows=broken), file)
    assert main(words) == 0
    said = capsys.readouterr().out
    assert f"note: {len(broken) // 2} of {len(broken)} rows cannot be read and are left out" in said
    assert "; the first: " in said
    output.unlink()
    write_csv(reviews._replace(rows=[[*row, "odd"] for row in reviews.rows]), file)
    assert main(words) == 1
    none = f"beers.csv: none of the {len(broken)} rows can be read; the first: "
    assert none in capsys.readouterr().err
    write_csv(reviews._replace(rows=[]), file)
    assert main(words) == 1
    assert "beers.csv: there is no row after the header" in capsys.readouterr().err
    assert not output.exists()


def test_a_file_with_few_rows_is_drafted_with_a_note(tmp_path: Path, capsys) -> None:
    file = write_csv(make_reviews(halves, rows=50), tmp_path / "few.csv")
    output = file.with_name("few.odcs.yaml")
    assert main(["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]) == 0
    note = "note: 50 rows are few to learn from; the rule rows requires half as many\n"
    assert note in capsys.readouterr().out


def test_a_contract_that_exists_is_overwritten_on_demand_alone(file: Path, capsys) -> None:
    output = file.with_name("beers.odcs.yaml")
    output.write_text("mine")
    words = ["draft", str(file), "--text=text", f"--output={output}"]
    assert main([*words, "--target=stars"]) == 2
    assert "exists already; name another file, or replace it with --overwrite" in (
        capsys.readouterr().err
    )
    assert main([*words, "--target=none", "--overwrite"]) == 1
    assert output.read_text() == "mine"
    assert main([*words, "--target=stars", "--overwrite"]) == 0
    assert read_contract(output).dataset.target.name == "stars"


@pytest.mark.parametrize(
    ("change", "code", "problem"),
    [
        ("--output={folder}/beers.txt", 2, "name a file that ends in .odcs.yaml"),
        ("--text=review", 1, "beers.csv: the file has no column review for the text"),
        ("--target=größe", 1, "beers.csv: the target must have numbers: größe: "),
        ("--ingest.encoding=utf8", 2, "error: --ingest.encoding: must be 'utf-8', "),
        ("--ingest.skip-lines=-1", 2, "error: --ingest.skip-lines: must be at least 0"),
        ("--output=/proc/x.odcs.yaml", 2, "--output /proc/x.odcs.yaml: cannot be written"),
    ],
)
def test_what_cannot_be_drafted_is_told_in_one_line(
    file: Path, capsys, change: str, code: int, problem: str
) -> None:
    output = file.with_name("beers.odcs.yaml")
    words = ["draft", str(file), "--text=text", "--target=stars", f"--output={output}"]
    assert main([*words, change.format(folder=file.parent)]) == code
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
    assert not output.exists()


def test_a_contract_without_roles_is_told_what_it_lacks(drafted: Path, capsys) -> None:
    drafted.write_text(drafted.read_text().replace("property: role\n", "property: rule\n"))
    assert main(["check", str(drafted)]) == 1
    assert "no column has the role text and target" in capsys.readouterr().err


def line_of(path: Path, word: str) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return f"line {1 + next(number for number, line in enumerate(lines) if word in line)}"


def test_everything_wrong_with_a_contract_is_a_line_of_its_own(drafted: Path, capsys) -> None:
    written = drafted.read_text().replace("property: logarithmic\n", "property: logarithmical\n")
    drafted.write_text(written.replace("strict_min: true", "strict_min: 'true'"))
    assert main(["check", str(drafted)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert all(line.startswith(f"error: {drafted}: ") for line in lines)
    assert [line.removeprefix(f"error: {drafted}: ") for line in lines] == [
        f"{line_of(drafted, 'logarithmical')}: 100g: the custom property logarithmical does not"
        " exist: write logarithmic",
        f"{line_of(drafted, 'strict_min')}: stars_spread: strict_min must be true or false, not"
        ' "true"',
    ]


def test_custom_properties_of_others_are_listed(drafted: Path, capsys) -> None:
    drafted.write_text(
        drafted.read_text().replace("property: logarithmic\n", "property: lineage\n")
    )
    assert main(["check", str(drafted)]) == 0
    assert "  - 100g: nothing reads the custom property lineage" in capsys.readouterr().out


def test_a_contract_is_read_from_a_url(drafted: Path, capsys) -> None:
    with serve() as server:
        server.resources["/beers.odcs.yaml"] = Resource(body=drafted.read_bytes())
        server.resources["/large"] = Resource(body=b"#" * (1024**2 + 1))
        assert main(["check", server.url("/beers.odcs.yaml")]) == 0
        assert "valid, urn:datacontract:beers" in capsys.readouterr().out
        for path, problem in (("/large", "more than 1,048,576 bytes"), ("/gone", "404")):
            assert main(["check", server.url(path)]) == 1
            said = capsys.readouterr().err
            assert problem in said
            assert said.count("\n") == 1
