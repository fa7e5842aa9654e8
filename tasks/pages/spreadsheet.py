"""CSV for people, whose spreadsheet would run what looks like a formula."""

from __future__ import annotations

import csv
import re
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FORMULA = re.compile(r"(^|[\t\n\r;|])([ \xa0]*[=+\-@＝＋－＠])|^(?=[\t\r])")
"""What makes a spreadsheet run a cell (OWASP, CSV injection), also where it takes a line's end, a
semicolon or a tab for the beginning of another cell."""

CELL_CHARACTERS_MAX = 32_767
"""What a cell of a spreadsheet holds (Microsoft, Excel specifications and limits)."""


def defuse(value: str) -> str:
    """Put an apostrophe before what a spreadsheet would run, and cut what it could not hold."""
    return FORMULA.sub(r"\1'\2", value)[:CELL_CHARACTERS_MAX]


def write_rows(file: IO[str], rows: pd.DataFrame, header: bool = True) -> None:
    """Write rows as CSV, every field quoted and the texts in the column `value` defused."""
    safe = rows.assign(value=rows["value"].map(defuse))
    safe.to_csv(file, index=False, header=header, quoting=csv.QUOTE_ALL, lineterminator="\n")
