"""Each refusal names the line, what was found there, and the option that helps."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path

import pytest

from tasks.configuration.errors import SourceError
from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading.showing import show
from tests.contracts import WINE_COLUMNS
from tests.tasks.sources.reading.tables import HEADER, check_refused, read_bytes, read_path

LATIN = "1,crème,90\n".encode("latin-1")
WRAPPED = b',text,points;;\n"1,""A firm, red wine."",90";;\n'


def tarred(content: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("reviews.csv")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            b",text,points\n" + LATIN,
            'line 2: byte 0xE8 in "1,cr\\xe8me,90\\n" is not valid UTF-8. With'
            ' --ingest.encoding cp1252 it reads "crème": add it if that is right, or save the file',
        ),
        (
            b"a\n\xe9\n",
            'line 2: byte 0xE9 in "\\xe9\\n" is not valid UTF-8. With --ingest.encoding cp1252'
            ' it reads "é", with mac-roman it reads "È": add the one that is right, or save the',
        ),
        (b"a\rb\r\xe9\rc\r", 'line 3: byte 0xE9 in "\\xe9\\rc\\r" is not valid UTF-8'),
        (
            ",text\n1,é\n".encode("utf-16-le"),
            r'line 1: a NUL byte in ",\x00t\x00e\x00x\x00t\x00\n\x001"; the file looks like'
            " UTF-16: add --ingest.encoding utf-16",
        ),
        (
            ",text\n1,é\n".encode("utf-16-be"),
            r'line 1: a NUL byte in "\x00,\x00t\x00e\x00x\x00t\x00\n"; the file looks like'
            " UTF-16: add --ingest.encoding utf-16",
        ),
        (
            b"a,b\n1,\0\n",
            'line 2: a NUL byte in "1,\\x00\\n"; the file is damaged, or it is not text; get it',
        ),
        (
            bytes(99),
            f"line 1: a NUL byte in {show(bytes(12).decode())}; the rest may be missing, as after a"
            " download or a copy that was cut off; get the file again",
        ),
        (
            b"a,b\n1,2\n" + bytes(5),
            f"line 3: a NUL byte in {show(bytes(5).decode())}; the rest may",
        ),
        (
            b"a,b\n1," + bytes(2) + b"\n3,4\n",
            'line 2: a NUL byte in "1,\\x00\\x00\\n3,4\\n"; the rest',
        ),
        (tarred(b"a,b\n1,2\n"), "this is a tar archive; unpack it, and name the file in it"),
        ("a,b\n".encode("utf-32"), "this is UTF-32; save the file as UTF-8"),
        (
            b";text;points\n1;x;90\n",
            'line 1: the fields are separated by semicolons, not commas: ";text;points"; add'
            " --ingest.delimiter semicolon",
        ),
        (
            b"a\tb\n1\t2\n",
            'line 1: the fields are separated by tabs, not commas: "a\\tb"; add'
            " --ingest.delimiter tab",
        ),
        (
            b"a|b\r1|2\r",
            'line 1: the fields are separated by pipes, not commas: "a|b"; add --ingest.delimiter'
            " pipe",
        ),
        (
            b"My wines;;\n\n;country;points\n",
            'line 3: the fields are separated by semicolons, not commas: ";country;points"; add',
        ),
        (
            b"description~points\n",
            'line 1: the fields are separated by "~", which cannot be read: "description~points";'
            " save the file with commas",
        ),
        (
            b"Wines\npoints~price\n",
            'line 2: the fields are separated by "~", which cannot be read: "p',
        ),
        (b"points^price\n", 'line 1: the fields are separated by "^", which cannot be read: "po'),
        (
            b"id\x01description\x01points\n",
            r'line 1: the fields are separated by "\x01", which can',
        ),
        (b"title\x1ecountry\n", r'line 1: the fields are separated by "\x1e", which cannot be rea'),
        (
            b"1,fine,90\n2,good,91\n,description,points\n3,bad,80\n",
            'line 3: ",description,points" looks like the header, but line 1 above it like a row:'
            ' "1,fine,90"; move the header to the top, or, if no review is above it, add --ingest',
        ),
        (WRAPPED, 'line 2: the whole line is one field, "1,"A firm, red wine.",90;;": a sp'),
        (b"sep=:\na:b\n", 'line 1: "sep=:" names a delimiter that cannot be read; save the file'),
        (b"sep=,\n\n1,2\n", "line 2: the line is empty, where the header is expected; write"),
        (b"\n\n", "the file is empty: it has neither a header nor rows; check how it was"),
        (b",,\n1,2,3\n", 'line 1: ",,", where the header is expected; write the columns'),
        (b'a,"b\n1,2\n', "line 1: a quote that is opened here is never closed"),
        (b'a,b "c"\n1,2\n', "line 1: a quote stands inside a field that is not enclosed in quotes"),
        (b'[{"a": 1}]', "this is a JSON array, not CSV; convert it to one object per line"),
        (b'{\n  "a": [1]\n}\n', "this is JSON, but not JSON Lines; convert it to one object per"),
        (
            b"{'a': 1}\n",
            "line 1: these are Python dictionaries, with single quotes, not JSON Lines",
        ),
        (
            b"| a | b |\n|---|:-:|\n| 1 | 2 |\n",
            "this is a Markdown table, not CSV; save the table as",
        ),
        (b"|a|b|\r\n| - | - |", "this is a Markdown table, not CSV"),
        (
            b'a, "b, c"\n1,2\n',
            "line 1: spaces stand between a delimiter and the quote that opens a field; remove the"
            " spaces around the delimiters",
        ),
        (
            b'a,b\n1,2\n3,  "x"\n',
            "line 3: spaces stand between a delimiter and the quote that opens",
        ),
        (
            b"<html>",
            "this is HTML or XML, not CSV; save its table as CSV. If the file came from an address",
        ),
        (b"%PDF-1.7\n", "this is a PDF, not a CSV; ask for the data from which it was made"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(9), "this is an old Excel workbook (.xls), not"),
        (
            b'"description" "points"\n"1" "A firm, red wine" 87\n',
            "line 1: the fields are separated by spaces, as R's write.table does:"
            ' ""description" "points""; save the file with commas, in R with write.csv and row',
        ),
        (
            b'id text points\r\n1 "A firm wine" 87\r\n',
            "line 1: the fields are separated by spaces, as R's",
        ),
        *((pickle.dumps({"a": "b"}, p), "this is a Python pickle; if you tr") for p in range(2, 6)),
        (pickle.dumps([{"a": 1}], 0), "this is a Python pickle; if you trust it, load it with pa"),
        (b"\x93NUMPY\1\0", "this is a NumPy file (.npy); load it in Python, and save its table as"),
        (b"\x89HDF\r\n\x1a\n", "this is an HDF5 file; load it with pandas.read_hdf, and save the"),
        (b"$FL2@(#) SPSS", "this is an SPSS file (.sav); export it from SPSS as CSV"),
        (b"<stata_dta><header>", "this is a Stata file (.dta); load it with pandas.read_stata, a"),
        (b"X\n\0\0\0\3", "this is a file of R's (.rds, .RData); load it in R, and save the table"),
        (b"RDX3\nX\n", "this is a file of R's (.rds, .RData); load it in R, and save"),
        (b"SQLite format 3\0", "this is a SQLite database; export the table with the reviews as"),
    ],
)
def test_a_refusal_says_what_was_found_and_what_to_do(text: bytes, says: str) -> None:
    check_refused(text, says)


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (b"sep=;\na;b\n", {"delimiter": "tab"}, 'line 1: "sep=;" names semicolon as the delimiter'),
        (b"a\n1\n", {"delimiter": "auto"}, None),
        (b"a;b,c\n1;2,3\n4;5,6\n", {"delimiter": "auto"}, "line 1: several delimiters are possibl"),
        (b"a;b,c\n1;2\n", {"delimiter": "auto"}, None),
        (b"a;b,c\n1\n", {"delimiter": "auto"}, "line 1: several delimiters are possible; name one"),
        (WRAPPED, {"delimiter": "auto"}, "line 2: the whole line is one field"),
        (b"a,b\n1,2\n", {"delimiter": "tab"}, "line 1: the fields are separated by commas, not ta"),
        (b"a;b\n1\n", {"delimiter": "comma"}, None),
        (b"a||b\n1||2\n", {"delimiter": "pipe"}, 'line 1: the fields are separated by "||", which'),
        (b"a|b|c\n1||2\n", {"delimiter": "pipe"}, None),
        (b'"a" "b"\n1\n', {"quote": "none"}, None),
        (b"\xef\xbb\xbfa\n", {"encoding": "cp1252"}, "the file begins with the mark of UTF-8, but"),
        (b"\xff\xfea\0", {"encoding": "latin-1"}, "the file begins with the mark of UTF-16, but"),
        (b"a\n\x81\n", {"encoding": "cp1252"}, 'line 2: byte 0x81 in "\\x81\\n" is not valid'),
        (b"a\0\n\0\0\xdc\n\0", {"encoding": "utf-16"}, "line 2: not valid UTF-16; leave out --ing"),
    ],
)
def test_an_option_that_does_not_fit_is_told(
    text: bytes, options: dict[str, str], says: str | None
) -> None:
    if says is None:
        assert read_bytes(text, **options).header
        return
    with pytest.raises(SourceError) as caught:
        read_bytes(text, **options)
    assert str(caught.value).startswith(says)


def test_a_line_of_excels_names_the_delimiter() -> None:
    for options in ({}, {"delimiter": "auto"}, {"delimiter": "pipe"}):
        for line in ("sep=|\r\n", "SEP=|\r\n", '"sep=|"\r\n'):
            read = read_bytes(f"{line}|text|points\r\n1|x|90\r\n".encode(), **options)
            assert (read.header, read.rows) == (HEADER, [["1", "x", "90"]])


@pytest.mark.parametrize(
    "text",
    [
        b",description\n0,A firm wine.\n",
        b"description,points\nA wine,90\n",
        b'"the description"\n"A ""firm"" wine"\n',
        b'text,points,x\n"a,b,c",,\n',
        b'description\n"a, b, c"\n',
        b"description\nA firm, country\n",
        b"text\ncountry\n",
    ],
)
def test_a_header_is_not_taken_for_a_title_nor_a_row_for_a_wrapped_one(text: bytes) -> None:
    assert len(read_bytes(text).rows) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read_with_and_without_a_mark(encoding: str) -> None:
    text = "é,b\n1,🍷\n".encode(encoding)
    read = read_bytes(text, 3, encoding="utf-16")
    assert (read.header, read.rows, read.notes) == (["é", "b"], [["1", "🍷"]], [])


def test_utf_16_that_is_read_by_its_mark_is_noted() -> None:
    read = read_bytes("é,b\n1,2\n".encode("utf-16"))
    assert read.rows == [["1", "2"]]
    assert read.notes == ["The file was read as UTF-16, as its byte order mark says."]


def test_nul_bytes_after_the_header_are_left_to_the_rules_if_so_asked(tmp_path: Path) -> None:
    from tasks.sources.reading.source_table import open_table, read_all

    path = tmp_path / "reviews.csv"
    path.write_bytes(b"a,b\n1,\0\n")
    with open_table(path, WINE_COLUMNS, IngestParameters(), nul_allowed=True) as table:
        assert read_all(table)[0]["1"].to_pylist() == ["\0"]
    path.write_bytes(b"a,\0b\n1,2\n")
    with (
        pytest.raises(SourceError, match="line 1: a NUL byte"),
        open_table(path, WINE_COLUMNS, IngestParameters(), nul_allowed=True),
    ):
        pass


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [
        ("a.tsv", "tab"),
        ("https://example.org/a.TSV.gz?x=1", "tab"),
        ("made/a.tsv.zst", "tab"),
        ("a.tsv.csv", None),
        ("tsv", None),
        ("demo", None),
    ],
)
def test_the_name_decides_on_tabs_unless_the_option_does(name: str, delimiter: str | None) -> None:
    assert IngestParameters().for_name(name).delimiter == delimiter
    assert IngestParameters(delimiter="comma").for_name(name).delimiter == "comma"


def test_a_file_named_tsv_is_read_with_tabs(tmp_path: Path) -> None:
    path = tmp_path / "reviews.tsv"
    path.write_bytes(b"a\tb\n1\t2\n")
    assert read_path(path).rows == [["1", "2"]]
