"""Reading CSV text as tables of strings: Arrow reads one block of whole rows after the other."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Generator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from tasks.configuration.errors import SourceError
from tasks.sources.reading.csv_blocks import Block, cut_blocks
from tasks.sources.reading.dialect import Head
from tasks.sources.reading.parts import LINE_CHARACTERS_SHOWN, NO_LINE_END, Tally
from tasks.sources.reading.showing import show
from tasks.sources.reading.text_stream import TextStream

FIELDS_IN_A_ROW = 16
"""Number of largest fields in the largest accepted row."""

Refused = list[tuple[int, str | None]]
"""The rows that Arrow refused: the position in the block, and the reason."""


def read_csv_parts(
    text: TextStream, head: Head, field_bytes_max: int, tally: Tally
) -> Generator[pa.Table]:
    """Read a CSV in parts, in bounded memory.

    Args:
        text: the file from its beginning.
        head: what was found there.
        field_bytes_max: largest accepted field, in bytes.
        tally: makes the parts.

    Raises:
        SourceError: see `cut_blocks`; or a field is too large. Some errors are only found after the
            last part.
    """
    for block in cut_blocks(text, head, FIELDS_IN_A_ROW * field_bytes_max):
        reader = _BlockReader(block, head, field_bytes_max)
        if block.broken:
            rows, refused = reader.refuse_whole()
        else:
            rows, refused = reader.read()
        if not block.ended:
            tally.truncated = block.broken or bool(refused)
            if not tally.truncated:
                tally.remarks.append(NO_LINE_END)
        reader.check_sizes(rows, refused)
        yield tally.make_part(rows, refused)


class _BlockReader:
    """Reads one block."""

    def __init__(self, block: Block, head: Head, field_bytes_max: int) -> None:
        self._block, self._dialect, self._width = block, head.dialect, len(head.header)
        self._field_bytes_max = field_bytes_max
        self._names = [str(position) for position in range(self._width)]

    def read(self) -> tuple[pa.Table, Refused]:
        """Return the rows of as many fields as the header, and the others."""
        found: list[pyarrow.csv.InvalidRow] = []
        rows = self._parse(found, use_threads=True)
        if found:
            # With threads, Arrow does not know a row's number.
            found.clear()
            rows = self._parse(found, use_threads=False)
        return rows, [(row.number - 1, self._explain(row)) for row in found]

    def refuse_whole(self) -> tuple[pa.Table, Refused]:
        """Return no rows, and the one row as cut off."""
        schema = pa.schema([(name, pa.string()) for name in self._names])
        shown = show(bytes(self._block.content).decode(errors="replace"), LINE_CHARACTERS_SHOWN)
        return schema.empty_table(), [(0, f"the file ends within a field of this line: {shown}")]

    def _parse(self, found: list[pyarrow.csv.InvalidRow], use_threads: bool) -> pa.Table:
        def refuse(row: pyarrow.csv.InvalidRow) -> str:
            found.append(row)
            return "skip"

        content, quote = self._block.content, self._dialect.quote
        if bytes(content[: len(BOM_UTF8)]) == BOM_UTF8:
            # Arrow drops a byte order mark, which here belongs to the first field.
            content = BOM_UTF8 + bytes(content)
        return pyarrow.csv.read_csv(
            pa.BufferReader(content),
            read_options=pyarrow.csv.ReadOptions(
                column_names=self._names, use_threads=use_threads, block_size=len(content) + 1
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=self._dialect.delimiter,
                quote_char=False if quote == "none" else '"',
                escape_char="\\" if quote == "backslash" else False,
                newlines_in_values=quote != "none",
                # In a single column an empty line is an empty field.
                ignore_empty_lines=self._width > 1,
                invalid_row_handler=refuse,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )

    def _explain(self, row: pyarrow.csv.InvalidRow) -> str | None:
        """Return the reason to refuse a row; None if it holds only delimiters."""
        if not row.text.strip(f'{self._dialect.delimiter}" \t\r\n'):
            return None
        shown = show(row.text, LINE_CHARACTERS_SHOWN)
        fields = "field" if row.actual_columns == 1 else "fields"
        if len(row.text) > self._field_bytes_max:
            self._refuse_size(row.number - 1, len(row.text))
        counted = f"{row.actual_columns} {fields} where the header names {self._width}"
        end = "" if self._block.ended else ", as the file ends in this line"
        # Single backslashes were doubled.
        escaped = (
            self._dialect.quote == "backslash" and f"\\\\{self._dialect.delimiter}" in row.text
        )
        advice = (
            f"; the delimiter in \\{self._dialect.delimiter} ends the field: enclose the field in"
            " quotes"
        )
        return f"{counted}{end}: {shown}{advice if escaped else ''}"

    def check_sizes(self, rows: pa.Table, refused: Refused) -> None:
        """Raise a SourceError if a field is larger than allowed."""
        lengths = [pc.binary_length(column) for column in rows.columns]
        longest = max((pc.max(column).as_py() or 0 for column in lengths), default=0)
        if longest <= self._field_bytes_max:
            return
        large = [pc.index(pc.greater(c, self._field_bytes_max), True).as_py() for c in lengths]
        is_read = np.ones(rows.num_rows + len(refused), np.bool_)
        is_read[[position for position, _ in refused]] = False
        first = min(place for place in large if place >= 0)
        self._refuse_size(int(np.flatnonzero(is_read)[first]), longest)

    def _refuse_size(self, position: int, size: int) -> None:
        raise SourceError(
            f"line {self._block.line + self._lines_before(position)}: a field of {size:,} bytes,"
            f" more than {self._field_bytes_max:,}; look for a quote that is not closed, or raise"
            " --ingest.field-bytes-max"
        )

    def _lines_before(self, position: int) -> int:
        """Count the lines before a row of the block."""
        content = np.frombuffer(self._block.content, np.uint8)
        newlines = np.flatnonzero(content == self._dialect.newline[0])
        ends = newlines
        if self._dialect.quote != "none":
            quotes = np.flatnonzero(content == ord('"'))
            ends = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
        starts = np.concatenate([[0], ends + 1])[: len(ends) + 1]
        lengths = np.diff([*starts, len(content)])
        if self._width > 1:
            starts = starts[lengths > 2]
        return int(np.searchsorted(newlines, starts[min(position, len(starts) - 1)]))
