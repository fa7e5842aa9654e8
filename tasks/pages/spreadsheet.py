"""CSV files that are safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FORMULA = re.compile(r"(^|[\t\n\r;|])([ \xa0]*[=+\-@＝＋－＠])|^(?=[\t\r])")
"""Beginnings of a cell that a spreadsheet runs as a formula (OWASP, CSV injection); a line end, a
semicolon or a tab may also begin a cell."""

CELL_CHARACTERS_MAX = 32_767
"""Most characters in a cell (Microsoft, Excel specifications and limits)."""


def defuse(value: str) -> str:
    """Put an apostrophe before a formula, and cut the value to the length of a cell."""
    return FORMULA.sub(r"\1'\2", value)[:CELL_CHARACTERS_MAX]


def write_rows(
    file: IO[str], rows: pd.DataFrame, header: bool = True, foreign: Sequence[str] = ("value",)
) -> None:
    """Write rows as CSV, with all fields quoted.

    Args:
        file: the CSV.
        rows: the rows.
        header: whether to write the header, too.
        foreign: the columns whose texts come from a source; these are defused, and all names.
    """
    safe = rows.assign(**{name: rows[name].map(defuse, na_action="ignore") for name in foreign})
    safe.columns = safe.columns.map(defuse)
    safe.to_csv(file, index=False, header=header, quoting=csv.QUOTE_ALL, lineterminator="\n")
