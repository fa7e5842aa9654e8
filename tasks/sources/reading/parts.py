"""Parts of a file: rows that could be read, and rows that could not, in the file's order.

A part is a table with `row_number` (int64, 0 for the file's first row), `:unreadable` (why a
row could not be read, else null), and nullable strings in columns named by their places in the
header, `0`, `1`, … (names in a header may repeat). An empty field is null. Columns
that are not read may be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.dataset import ROW_NUMBER
from data_contracts.unreadable import UNREADABLE
from tasks.sources.reading.showing import show

OTHERS = ":others"
"""Column of the rows for a part: not null if a column that is left out has a value."""
SPELLED_NULLS = ("NaN", "<NA>")
"""What pandas writes for an empty field."""
TRUNCATED = "Warning: the file looks truncated: it ends in the middle of its last line."
LINE_CHARACTERS_SHOWN = 200
"""Of a line that could not be read."""
NAME_CHARACTERS_SHOWN = 60
NO_LINE_END = (
    "The last line has no line end. If the file was cut off there, its last field is incomplete."
)


class Tally:
    """Makes parts, and counts what was left out or changed on the way.

    Attributes:
        header: the names of the columns.
        next_row: the number of the next row.
        truncated: whether the file ends in the middle of a line.
        wanted: the places of the columns that are read.
        as_written: the places of columns, read as well, in which spelled-out nulls stay as they
            are.
        optional: the places of columns that are left out if their values are no texts.
        left_out: why such a column is left out, by its place; its values are null.
        nested: names of columns with values that are lists or objects, which are read as JSON.
        remarks: sentences about how the file was read.
    """

    def __init__(self, header: Sequence[str], wanted: Collection[int] | None = None) -> None:
        """Begin a file with these columns, of which the wanted ones are read, or else all."""
        self.header, self.remarks = list(header), list[str]()
        self.wanted = range(len(header)) if wanted is None else wanted
        self.next_row, self._skipped, self.truncated = 0, 0, False
        self._spelled = Counter[str]()
        self.as_written: Collection[int] = ()
        self.nested = dict[str, None]()
        self.optional: Collection[int] = ()
        self.left_out: dict[int, str] = {}

    @property
    def places(self) -> list[int]:
        """The places of the columns that are read, in order."""
        return sorted({*self.wanted, *self.as_written})

    def make_part(self, rows: pa.Table, refused: Sequence[tuple[int, str | None]] = ()) -> pa.Table:
        """Make the next part.

        Args:
            rows: the rows that could be read, in columns named `0`, `1`, … and `OTHERS`, if some
                are left out.
            refused: the other rows between them: the position in the part, and the reason; None
                for a row without any value, which is skipped.
        """
        total = rows.num_rows + len(refused)
        is_read = np.ones(total, np.bool_)
        is_read[[position for position, _ in refused]] = False
        numbers = pa.array(np.flatnonzero(is_read) + self.next_row)
        columns = [self._empty_nulls(rows, name) for name in rows.column_names]
        reasons = pa.nulls(rows.num_rows, pa.string())
        part = pa.table([numbers, reasons, *columns], [ROW_NUMBER, UNREADABLE, *rows.column_names])
        if len(self.header) > 1 and rows.num_columns:
            part = self._skip_empty(part)
        part = part.select([name for name in part.column_names if name != OTHERS])
        told = [(self.next_row + position, why) for position, why in refused if why is not None]
        self._skipped += len(refused) - len(told)
        self.next_row += total
        return _merge(part, told) if told else part

    def list_notes(self) -> list[str]:
        """List what a person should know of how the file was read, in sentences."""
        notes = list(self.remarks)
        if self.nested:
            names = " and ".join(show(name, NAME_CHARACTERS_SHOWN) for name in self.nested)
            notes.append(f"Warning: lists or objects are read as their JSON: in {names}.")
        if self.truncated:
            notes.append(TRUNCATED)
        if self._skipped:
            row, was = ("row holds", "was") if self._skipped == 1 else ("rows hold", "were")
            notes.append(f"{self._skipped:,} {row} no value and {was} skipped.")
        if self._spelled:
            listed = ", ".join(f"{n:,} in {name}" for name, n in self._spelled.items())
            notes.append(f"{' and '.join(SPELLED_NULLS)} count as empty: {listed}.")
        return notes

    def _empty_nulls(self, rows: pa.Table, place: str) -> pa.ChunkedArray:
        """Replace the nulls that are spelled out."""
        column = rows.column(place)
        if place == OTHERS or int(place) in self.as_written:
            return column
        spelled = pc.or_(*(pc.equal(column, text) for text in SPELLED_NULLS))
        if count := pc.sum(spelled).as_py():
            name = self.header[int(place)][:NAME_CHARACTERS_SHOWN] or f"column {int(place) + 1}"
            self._spelled[name] += count
            return pc.if_else(spelled, pa.scalar(None, pa.string()), column)
        return column

    def _skip_empty(self, part: pa.Table) -> pa.Table:
        """Leave out the rows without any value."""
        empty = None
        for column in sorted(part.columns[2:], key=lambda column: -column.null_count):
            nulls = pc.is_null(column)
            empty = nulls if empty is None else pc.and_(empty, nulls)
            if not pc.any(empty).as_py():
                return part
        self._skipped += pc.sum(empty).as_py()
        return part.filter(pc.invert(empty))


def _merge(part: pa.Table, told: list[tuple[int, str]]) -> pa.Table:
    """Put the rows that could not be read into their places."""
    columns: dict[str, pa.Array] = {
        name: pa.nulls(len(told), pa.string()) for name in part.schema.names
    }
    columns[ROW_NUMBER] = pa.array([number for number, _ in told], pa.int64())
    columns[UNREADABLE] = pa.array([why for _, why in told], pa.string())
    both = pa.concat_tables([part, pa.table(columns)])
    return both.sort_by(ROW_NUMBER)
