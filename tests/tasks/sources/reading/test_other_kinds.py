"""Files that are no table, or whose fields are not split by one character and double quotes.

`check` and `contract draft` read a file with the same code, so both say the same of it.
"""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from pyarrow import ipc

from tasks.sources.reading.titles import find_row_as_header
from tests.contracts import WINE_COLUMNS
from tests.tasks.sources.reading.tables import check_refused, read_bytes


def write_arrow(form: str) -> bytes:
    table, written = pa.table({"text": ["x"]}), io.BytesIO()
    new = ipc.new_file if form == "file" else ipc.new_stream
    with new(written, table.schema) as writer:
        writer.write_table(table)
    return written.getvalue()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"Obj\x01\x04\x14avro", "this is an Avro file; save the table as Parquet or CSV"),
        (b"ORC\n\x07\x12", "this is an ORC file; load it with pandas.read_orc, and save the"),
        *(
            (write_arrow(form), f"this is {name}; save the table as Parquet or CSV")
            for form, name in (
                ("file", "an Arrow file (Feather)"),
                ("stream", "an Arrow stream"),
            )
        ),
        (b"FEA1\0\0\0\0x", "this is an Arrow file (Feather); save the table as Parquet or CSV"),
        (
            b"% reviews\n@RELATION wine\n@ATTRIBUTE points NUMERIC\n",
            "this is ARFF, not CSV; convert it to CSV, in Python with scipy.io.arff",
        ),
        *(
            (text, "this is HTML or XML, not CSV; save its table as CSV. If the file came from an")
            for text in (
                b"<?xml version='1.0'?>\n<reviews/>\n",
                b"<reviews>\n<row>x</row>\n",
                b'<html lang="en"><title>Sign in, please</title>',
            )
        ),
        *(
            (text, 'this is JSON with its rows under the key "data", not JSON Lines; convert the')
            for text in (
                b'{"count": 1, "data": [{"text": "x", "points": 90}]}\n',
                b'{"data": [{"text": "x"}, {"text": "y"}]}',
                b'{\n  "meta": {"a": 1},\n  "data": [\n    {"text": "x"}\n  ]\n}\n',
            )
        ),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "this is a pointer of Git LFS, not the file itself; get the file with git lfs pull",
        ),
        *(
            (text, "this is LaTeX, not CSV; save the table as CSV")
            for text in (
                b"\\begin{tabular}{ll}\ntext & points \\\\\n",
                b"% made up\n\\documentclass{article}\n",
            )
        ),
        (
            b'\x1e{"text": "firm"}\n\x1e{"text": "red"}\n',
            "this is a JSON text sequence (RFC 7464), not JSON Lines; remove the byte 0x1E before",
        ),
        (
            "text,points\nfirm,9\n果実味が豊か,8\n".encode("iso2022_jp"),
            "the text is in the encoding ISO-2022-JP; save the file as UTF-8",
        ),
        *(
            (text, "this is YAML, not CSV; convert it to JSON Lines or CSV")
            for text in (
                b"- id: '0'\n  description: A firm wine.\n",
                b"---\n# made\nreviews:\n  - points: 90\n    description: x\n",
                b"- description: A firm, red wine.\r\n  points: 90\r\n",
            )
        ),
        *(
            (text, "this is a dump of SQL, not CSV; load it into a database, and export the")
            for text in (
                b"-- MySQL dump\n--\n/*!40101 SET NAMES utf8 */;\nDROP TABLE IF EXISTS `r`;\n",
                b"--\n-- PostgreSQL\n--\n\nSET x = 0;\nCOPY r (text, points) FROM stdin;\n",
                b"insert into reviews (text, points) VALUES ('A firm wine', 90);\n",
                b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
            )
        ),
        *(
            (
                text,
                'this is one JSON object of whole columns ("a", "b"), as pandas\' to_json writes'
                " it, not JSON Lines; convert it to one object per line (.jsonl), in pandas with",
            )
            for text in (b'{"a":{"0":"x"},"b":{"0":90}}', b'{"a": ["x"], "b": [90]}\n')
        ),
        (b'{"0":\n{"a":1}}', "this is JSON, but not JSON Lines; convert it to one object per line"),
        *(
            (
                text,
                "line 1: each line is a JSON array, not an object; write each as an object, such",
            )
            for text in (b'["text", "points"]\n["x", 90]\n', b"[1]\n[2]\n")
        ),
        *(
            (
                text,
                f"line 1: the fields are separated by spaces: {shown}; save the file with commas",
            )
            for text, shown in (
                (b"description   points\nA wine, red   90\n", '"description   points"'),
                (b"description points vintage\n", '"description points vintage"'),
                (
                    b"a year  my own  x y z  points  price\n",
                    '"a year  my own  x y z  points  price"',
                ),
            )
        ),
        *(
            (f"{row}\n".encode(), f"line 1: fields are enclosed in {signs}, which cannot be read: ")
            for row, signs in (
                ("'description','points'\n'A firm, red wine','90'", "'"),
                ("`description`,`points`", "`"),
                ("“description”,“points”\n“A firm, red wine”,“90”", "“ and ”"),
                ("„description“,„points“", "„ and “"),
                ("«description»,«points»", "« and »"),
            )
        ),
        (
            b"description,points\n'A firm, red wine',90\n'A ''good'' one, too',91\n",
            "line 2: fields are enclosed in ', which cannot be read: \"'A firm, red wine',90\"; sa"
            've the file with double quotes (") around them',
        ),
        (
            b"description||points\nA wine||90\n",
            'line 1: the fields are separated by "||", which cannot be read: "description||points"',
        ),
        (
            b"description|~|points\nA wine|~|90\n",
            'line 1: the fields are separated by "|~|", which cannot be read: "descripti',
        ),
        (
            b"description::points\n",
            'line 1: the fields are separated by "::", which cannot be read',
        ),
    ],
)
def test_what_a_file_is_and_what_to_do_is_told(text: bytes, says: str) -> None:
    check_refused(text, says)


@pytest.mark.parametrize(
    "text",
    [
        b"description,points\n'A firm' wine,90\n",
        b"description,,points\nA wine,,90\n",
        "description,points\n“A wine”,90\n".encode(),
        b"ORCHARD,points\nx,1\n",
        b"PAR1,points\nx,1\n",
        b"BZh1,points\nx,1\n",
        b"BZh91AY,points\nx,1\n",
        b"FEA1,points\nx,1\n",
        b"ARROW1,points\nx,1\n",
        b"<5 stars,points\nx,1\n",
        b"<text>,<points>\nx,1\n",
        b"create table,points\nx,1\n",
        b"insert into,points\nx,1\n",
        b"drop table,points\nx,1\n",
        b'{"data": [{"text": "x"}], "points": 1}\n{"data": null}\n',
        b'{"text": "x", "tags": [{"name": "red"}]}\n',
        b"Set,points\nx,1\n",
        b"a fine description of the points I like\nx\n",
        b"- id: 1\nx\n",
        b"[description],[points]\nx,1\n",
        b'{"a": [1], "b": [2]}\n{"a": null, "b": null}\n',
        b"description,points,'x'\nA wine,90\n",
    ],
)
def test_a_table_that_resembles_another_kind_is_read(text: bytes) -> None:
    assert len(read_bytes(text).rows) == 1


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (["0", "Italy", "A firm wine", "87"], '"0", "Italy", "A firm wine", "87"'),
        ([f"A firm wine {'and more ' * 9}", "x"], '"A firm wine and more and more …", "x"'),
        (["7.5", "points"], '"7.5", "points"'),
        (["0", "1", "2"], None),
        (["2019", "country", "points"], None),
        (["A firm wine", "x"], None),
    ],
)
def test_a_row_in_the_place_of_the_header_is_told(header: list[str], shown: str | None) -> None:
    assert find_row_as_header(header, WINE_COLUMNS) == (
        shown
        and f"there is no column description or points, and the header looks like a row: {shown};"
        " add a line with the names of the columns above it"
    )
