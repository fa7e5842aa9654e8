"""In which form a file is written, as the quality page names it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.configuration.parameters import IngestParameters
from tasks.sources.reading.source_table import open_table
from tests.contracts import WINE_COLUMNS

ROW = ("A firm, red wine.", "90")


def write_csv(delimiter: str, encoding: str = "utf-8") -> bytes:
    rows = (("description", "points"), (f'"{ROW[0]}"', ROW[1]))
    return "".join(delimiter.join(row) + "\n" for row in rows).encode(encoding)


def write_parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"description": [ROW[0]], "points": [90]}), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "options", "form"),
    [
        (write_csv(","), {}, "CSV in UTF-8, with commas between fields"),
        (
            write_csv(";"),
            {"delimiter": "semicolon"},
            "CSV in UTF-8, with semicolons between fields",
        ),
        (
            write_csv("\t", "cp1252"),
            {"delimiter": "auto", "encoding": "cp1252"},
            "CSV in Windows-1252, with tabs between fields",
        ),
        (
            b"sep=|\n" + write_csv("|"),
            {"encoding": "mac-roman"},
            "CSV in Mac Roman, with pipes between fields",
        ),
        (write_csv(",", "utf-16"), {}, "CSV in UTF-16, with commas between fields"),
        (b'{"description": "A wine.", "points": 90}\n', {}, "JSON Lines in UTF-8"),
        (write_parquet(), {}, "Parquet"),
    ],
)
def test_the_form_is_what_was_given_or_found(
    tmp_path: Path, content: bytes, options: dict[str, Any], form: str
) -> None:
    path = tmp_path / "reviews"
    path.write_bytes(content)
    with open_table(path, WINE_COLUMNS, IngestParameters(**options)) as table:
        assert table.form == form
