"""What a draft says about a file that can be read, but hardly as it is meant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.constraints import MISREAD_FRACTION_MAX, PATTERNS
from data_contracts.encodings import MOJIBAKE
from data_contracts.names import simplify
from tasks.deliveries.encoding_advice import explain_misread
from tasks.sources.reading.showing import show

if TYPE_CHECKING:
    from data_contracts.drafting.columns import Described

SUMMED_MIN = 3
FIELDS_SHOWN_MAX = 5
TOTALS = frozenset(
    {"total", "totals", "grandtotal", "subtotal", "sum", "average", "mean", "count"}
    | {"summe", "gesamt", "gesamtsumme", "durchschnitt", "somme", "moyenne", "totale", "media"}
    | {"suma", "promedio", "итого"}
)
"""What stands in a row that sums up the others, as `simplify` writes it."""


def _is_number(text: str) -> bool:
    return bool(pc.match_substring_regex(pa.scalar(text), PATTERNS["double"]).as_py())


def find_total(rows: pa.Table, text: int, target: int) -> str | None:
    """Say why the last row is no review but sums up the others; None if it does not.

    Args:
        rows: nullable strings in columns named by their places.
        text: the place of the text.
        target: the place of the target.
    """
    if rows.num_rows < 2:
        return None
    (last,) = rows.slice(rows.num_rows - 1).to_pylist()
    fields = [field for field in last.values() if field]
    totals = [field for field in fields if simplify(field.strip(" :.")) in TOTALS]
    if last[str(text)] not in (None, *totals):
        return None
    if not totals and not _is_sum(last[str(target)], rows[str(target)][:-1]):
        return None
    shown = ", ".join(show(field, 30) for field in fields[:FIELDS_SHOWN_MAX])
    return f"the last row looks like a total of the others: {shown}; delete it from the file"


def _is_sum(last: str | None, others: pa.ChunkedArray) -> bool:
    """Tell whether the last number is at least the sum of several others."""
    numbers = others.filter(pc.match_substring_regex(others, PATTERNS["double"]))
    if not last or not _is_number(last) or len(numbers) < SUMMED_MIN:
        return False
    return float(last) >= sum(map(float, numbers.to_pylist())) > 0


def advise_on_encoding(columns: list[Described]) -> Iterator[str]:
    """Name the columns of strings that look as if read in a wrong encoding."""
    for column in (column for column in columns if column.kind == "string"):
        given = column.texts.drop_null()
        misread = given.filter(pc.match_substring_regex(given, MOJIBAKE))
        if len(misread) > MISREAD_FRACTION_MAX * len(given):
            counted = f"{len(misread):,} of {len(given):,} texts look"
            yield explain_misread(column.written, counted, misread[0].as_py())


def list_renamed(columns: list[Described]) -> Iterator[str]:
    """Name the columns that have another name in the contract."""
    for column in columns:
        if column.name != column.written.strip() != "":
            yield (
                f"the column {show(column.written)} is called {column.name} in the contract, as the"
                " pipeline cannot use its name, or has a column of that name itself"
            )
