"""Sources that are wrong in one way each, made from demo reviews, and what must become of them."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tasks.sources.demo_reviews import write_demo_csv

ROWS = 400


class BadInput(NamedTuple):
    """How to make the source, the exit code, and what the one line must say."""

    make: Callable[[bytes], bytes]
    exit_code: int
    says: str
    suffix: str = ".csv"


def demo_csv(folder: Path) -> bytes:
    path = folder / "demo.csv"
    write_demo_csv(path, ROWS, seed=0)
    return path.read_bytes()


def lines(csv: bytes) -> list[bytes]:
    return csv.splitlines(keepends=True)


def change_line(number: int, change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def make(csv: bytes) -> bytes:
        parts = lines(csv)
        parts[number - 1] = change(parts[number - 1])
        return b"".join(parts)

    return make


def set_points(csv: bytes) -> bytes:
    head, *rows = lines(csv)
    return head + b"".join(
        row.replace(b",8", b",eighty", 1).replace(b",9", b",ninety", 1) for row in rows
    )


def with_column(csv: bytes) -> bytes:
    head, *rows = lines(csv)
    return head.rstrip() + b",colour\n" + b"".join(row.rstrip() + b",red\n" for row in rows)


def without_column(csv: bytes, name: str = "points") -> bytes:
    import pandas as pd

    return pd.read_csv(io.BytesIO(csv), index_col=0).drop(columns=name).to_csv().encode()


def without_winery(csv: bytes) -> bytes:
    return without_column(csv, "winery")


def zipped(name: str, content: Callable[[bytes], bytes] = bytes) -> Callable[[bytes], bytes]:
    def make(csv: bytes) -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content(csv))
        return target.getvalue()

    return make


BOMB = 64 * 1024**2

BAD_INPUTS: dict[str, BadInput] = {
    "empty file": BadInput(lambda csv: b"", 1, "empty"),
    "only white space": BadInput(lambda csv: b"\n \n", 1, "file is empty"),
    "header only": BadInput(lambda csv: lines(csv)[0], 3, "At least 100 reviews"),
    "HTML": BadInput(lambda csv: b"<!DOCTYPE html><html>...</html>", 1, "HTML or XML, not CSV"),
    "missing column": BadInput(without_column, 3, "The file has no column points, the target; its columns are (no name), country,"),
    "renamed column": BadInput(change_line(1, lambda h: h.replace(b"points", b"score")), 3, "The file has no column points, the target; its columns are (no name), country,"),
    "column named twice": BadInput(change_line(1, lambda h: h.replace(b"price", b"points")), 3, "`points` (column 5) and `points` (column 6) both match the column points; remove or rename one."),
    "header repeated": BadInput(lambda csv: csv + csv, 3, "description_not_header"),
    "latin-1 bytes": BadInput(change_line(7, lambda r: r.replace(b"a", "\xe9".encode("latin-1"), 1)), 1, "line 7: byte 0xE9 in "),
    "NUL bytes": BadInput(change_line(9, lambda r: r.replace(b"a", b"\0", 1)), 1, "line 9: a NUL byte"),
    "unclosed quote": BadInput(change_line(5, lambda r: r.rstrip() + b',"open\n'), 1, "line 5"),
    "quotes behind backslashes": BadInput(lambda csv: csv + b'400,Italy,"A \\"firm\\" wine",,88,,,,,,,,,\n', 1, "line 402: a quote inside a field is written"),
    "quotes around a field's first word": BadInput(lambda csv: csv + b'400,Italy,"firm" wine,,88,,,,,,,,,\n', 1, "line 402: a quote that is opened here ends in the middle of a field"),
    "quotes in a field without quotes": BadInput(lambda csv: csv + b'400,Italy,A "firm" wine,,88,,,,,,,,,\n', 1, "line 402: a quote stands inside a field that is not enclosed"),
    "too few fields": BadInput(lambda csv: b"".join(line if n % 50 else line.split(b",")[0] + b",Italy\n" for n, line in enumerate(lines(csv), 1)), 3, "8 of 400 rows break rows_readable"),
    "50 MB field": BadInput(lambda csv: csv + b"400,Italy," + b"long " * 10**7 + b",,88,,,,,,,,,\n", 1, "line 402: a row of more than 16,777,216 bytes"),
    "points as words": BadInput(set_points, 3, "the contract tolerates"),
    "zip with no CSV": BadInput(zipped("photo.png"), 1, "holds no .csv, .tsv, .jsonl, .ndjson or .parquet, only photo.png", ".zip"),
    "zip with ../ name": BadInput(zipped("../../etc/reviews.csv"), 1, "unsafe name", ".zip"),
    "zip bomb": BadInput(zipped("reviews.csv", lambda csv: csv + b"\n" * BOMB), 1, "far more than its size", ".zip"),
    "gzip bomb": BadInput(lambda csv: gzip.compress(csv + b"\n" * BOMB), 1, "far more than its size", ".csv.gz"),
    "gzip cut off": BadInput(lambda csv: gzip.compress(csv)[:-200], 1, "cut off or damaged", ".csv.gz"),
    "zip cut off": BadInput(lambda csv: zipped("reviews.csv")(csv)[:-200], 1, "zip archive is damaged", ".zip"),
    "semicolons": BadInput(lambda csv: csv.replace(b",", b";"), 1, "add --ingest.delimiter semicolon"),
    "picture": BadInput(lambda csv: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(500), 1, "NUL byte", ".csv"),
}  # fmt: skip

GOOD_INPUTS: dict[str, BadInput] = {
    "as it is": BadInput(lambda csv: csv, 0, ""),
    "extra column": BadInput(with_column, 0, ""),
    "column missing that is not needed": BadInput(without_winery, 0, ""),
    "index with a name": BadInput(change_line(1, lambda h: b"id" + h), 0, ""),
    "names in upper case": BadInput(change_line(1, bytes.upper), 0, ""),
    "byte order mark": BadInput(lambda csv: codecs.BOM_UTF8 + csv, 0, ""),
    "UTF-16 with its mark": BadInput(lambda csv: csv.decode().encode("utf-16"), 0, ""),
    "CR": BadInput(lambda csv: csv.replace(b"\n", b"\r"), 0, ""),
    "Excel's line of the delimiter": BadInput(lambda csv: b"sep=,\r\n" + csv, 0, ""),
    "CRLF": BadInput(lambda csv: csv.replace(b"\n", b"\r\n"), 0, ""),
    "no newline at the end": BadInput(lambda csv: csv.rstrip(), 0, ""),
    "gzipped": BadInput(gzip.compress, 0, "", ".csv.gz"),
    "zipped": BadInput(zipped("winemag-data-130k-v2.csv"), 0, "", ".zip"),
}
