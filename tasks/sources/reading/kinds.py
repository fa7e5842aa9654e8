"""Recognising what a file is by its first bytes."""

from __future__ import annotations

import json
import re
from typing import Literal

from tasks.configuration.errors import SourceError

Kind = Literal["csv", "json_lines", "parquet"]

SAVE = "open it and save the sheet with the reviews as CSV UTF-8"
IN_PANDAS = "load it with {}, and save the table with to_parquet or to_csv"
SIGNS: dict[bytes, str] = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": f"an old Excel workbook (.xls), not a CSV; {SAVE}",
    b"%PDF-": "a PDF, not a CSV; ask for the data from which it was made",
    b"{\\rtf": "a text document (.rtf), not a CSV; save it as plain text",
    b"Rar!": "a RAR archive; unpack it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it first",
    b"ARROW1": "an Arrow file (Feather); save the table as Parquet or CSV",
    b"SQLite format 3\0": "a SQLite database; export the table with the reviews as CSV",
    b"\x93NUMPY": "a NumPy file (.npy); load it in Python, and save its table as CSV or Parquet",
    b"\x89HDF\r\n": f"an HDF5 file; {IN_PANDAS.format('pandas.read_hdf')}",
    b"$FL2@(#)": "an SPSS file (.sav); export it from SPSS as CSV",
    b"<stata_dta>": f"a Stata file (.dta); {IN_PANDAS.format('pandas.read_stata')}",
    **dict.fromkeys(
        (b"X\n\0\0\0", b"RDX2\n", b"RDX3\n"),
        "a file of R's (.rds, .RData); load it in R, and save the table with write.csv",
    ),
    **dict.fromkeys(
        (*(bytes([0x80, protocol]) for protocol in range(2, 6)), b"ccopy_reg\n", b"(lp0\n"),
        f"a Python pickle; if you trust it, {IN_PANDAS.format('pandas.read_pickle')}",
    ),
}
"""What a file is that cannot be read, and what to do, by its first bytes."""

TAR_SIGN, TAR_PLACE = b"ustar", 257
"""POSIX.1-2017, pax, section ustar Interchange Format."""
SIGN_BYTES = TAR_PLACE + len(TAR_SIGN)
"""How many first bytes `refuse_binary` looks at."""

PARQUET_MAGIC = b"PAR1"
JSON_ARRAY = re.compile(rb"\s*\[\s*[\[{]")
JSON_OBJECT = re.compile(rb"\s*\{\s*[\"}]")
PYTHON_DICTIONARY = re.compile(rb"\s*\{\s*'")
MARKDOWN_TABLE = re.compile(
    rb"\s*\|[^\r\n]*\|[ \t]*[\r\n]+[ \t]*\|[ \t]*:?-[-:| \t]*\|?[ \t]*(?:[\r\n]|$)"
)
JSON_ADVICE = "convert it to one object per line (.jsonl), or to CSV"
LINES_TRIED = 10
"""Number of first lines of which one must be an object; single lines may be damaged."""


def refuse_binary(head: bytes) -> None:
    """Raise a SourceError if the first bytes are those of a file that cannot be read."""
    for sign, what in SIGNS.items():
        if head.startswith(sign):
            raise SourceError(f"this is {what}")
    if head.startswith(TAR_SIGN, TAR_PLACE):
        raise SourceError("this is a tar archive; unpack it, and name the file in it")


def recognise_text(head: bytes) -> Kind:
    """Return whether a text is JSON Lines or CSV.

    Args:
        head: its beginning, in UTF-8.

    Raises:
        SourceError: it is HTML, XML, a Markdown table, or JSON in another form.
    """
    if head.lstrip()[:1] == b"<":
        raise SourceError(
            "this is HTML or XML, not CSV: the address may lead to a page about the file"
            " instead of the file itself; open it in a browser, and copy the address of the file"
        )
    if JSON_ARRAY.match(head):
        raise SourceError(f"this is a JSON array, not CSV; {JSON_ADVICE}")
    if PYTHON_DICTIONARY.match(head):
        raise SourceError(
            "line 1: these are Python dictionaries, with single quotes, not JSON Lines; write each"
            " with json.dumps"
        )
    if MARKDOWN_TABLE.match(head):
        raise SourceError("this is a Markdown table, not CSV; save the table as CSV")
    if not JSON_OBJECT.match(head):
        return "csv"
    lines = head.split(b"\n") if b"\n" in head else head.split(b"\r")
    if not any(map(_is_object, [line for line in lines if line.strip()][:LINES_TRIED])):
        raise SourceError(f"this is JSON, but not JSON Lines; {JSON_ADVICE}")
    return "json_lines"


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
