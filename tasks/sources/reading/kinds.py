"""Recognising by its first bytes a file that holds no text."""

from __future__ import annotations

import re

from tasks.configuration.errors import SourceError

SAVE = "open it and save the sheet with the reviews as CSV UTF-8"
IN_PANDAS = "load it with {}, and save the table with to_parquet or to_csv"
SIGNS: dict[bytes, str] = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": f"an old Excel workbook (.xls), not a CSV; {SAVE}",
    b"%PDF-": "a PDF, not a CSV; ask for the data from which it was made",
    b"{\\rtf": "a text document (.rtf), not a CSV; save it as plain text",
    b"Rar!": "a RAR archive; unpack it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it first",
    **dict.fromkeys(
        (b"ARROW1\0", b"FEA1\0"), "an Arrow file (Feather); save the table as Parquet or CSV"
    ),
    b"\xff\xff\xff\xff": "an Arrow stream; save the table as Parquet or CSV",
    b"SQLite format 3\0": "a SQLite database; export the table with the reviews as CSV",
    b"\x93NUMPY": "a NumPy file (.npy); load it in Python, and save its table as CSV or Parquet",
    b"Obj\x01": "an Avro file; save the table as Parquet or CSV",
    b"PK\x03\x04": "a zip archive within another archive; unpack the outer one first",
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

CONTROL = rb"[\x00-\xff]*?[\x00-\x08\x0e-\x1f]"
"""A text may begin with the letters of a sign, too, but has no control characters."""
ORC = re.compile(rb"ORC" + CONTROL)
PARQUET = re.compile(rb"PAR1" + CONTROL)
TAR_SIGN, TAR_PLACE = b"ustar", 257
"""POSIX.1-2017, pax, section ustar Interchange Format."""
SIGN_BYTES = TAR_PLACE + len(TAR_SIGN)
"""How many first bytes `refuse_binary` looks at."""


def refuse_binary(head: bytes) -> None:
    """Raise a SourceError if the first bytes are those of a file that cannot be read."""
    for sign, what in SIGNS.items():
        if head.startswith(sign):
            raise SourceError(f"this is {what}")
    if ORC.match(head):
        raise SourceError(f"this is an ORC file; {IN_PANDAS.format('pandas.read_orc')}")
    if head.startswith(TAR_SIGN, TAR_PLACE):
        raise SourceError("this is a tar archive; unpack it, and name the file in it")
