from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from tasks.pages.spreadsheet import CELL_CHARACTERS_MAX, defuse, write_rows

FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        (FORMULA, f"'{FORMULA}"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "\t'=1"),
        ("\tcmd", "'\tcmd"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("fine\r=1+1", "fine\r'=1+1"),
        ("fine\n\n@A1", "fine\n\n'@A1"),
        ("fine;=A1", "fine;'=A1"),
        ("fine\t-A1|+2", "fine\t'-A1|'+2"),
        ("4-5, 3 = 2", "4-5, 3 = 2"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_formulas_are_defused(value: str, safe: str) -> None:
    assert defuse(value) == safe


def test_rows_are_written_in_parts_with_every_field_quoted_and_defused() -> None:
    rows = pd.DataFrame({"row_number": [3, 5], "value": ["=1+1", "long " * 10_000]})
    written = io.StringIO()
    write_rows(written, rows[:1])
    write_rows(written, rows[1:], header=False)
    assert written.getvalue().startswith('"row_number","value"\n"3","\'=1+1"\n"5","long ')
    _, first, second = csv.reader(io.StringIO(written.getvalue()))
    assert first == ["3", "'=1+1"]
    assert len(second[1]) == CELL_CHARACTERS_MAX
