"""What is counted of a delivery's rows for the rules about the whole file, and for the profile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.counts import Counts, add_up, count_distinct, count_rows, sort_counts
from data_contracts.row_checks import meets
from data_contracts.rules import columns_of
from data_contracts.tokens import count_tokens


class Counted(NamedTuple):
    """What is counted.

    Attributes:
        kind: `rows`, or a key of `COUNTERS`.
        columns: names of the columns.
        condition: the row condition that the rows meet, as JSON; empty for all rows.
    """

    kind: str
    columns: tuple[str, ...] = ()
    condition: str = ""


class CountedRows(Protocol):
    """The counts of a delivery's rows."""

    def get(self, counted: Counted) -> Counts:
        """Return a count."""


class FrameCounts:
    """The counts of the rows of a frame or table, each made when it is first asked for."""

    def __init__(self, rows: pd.DataFrame | pa.Table) -> None:
        """Count nothing yet."""
        self._rows, self._made = rows, dict[Counted, Counts]()

    def get(self, counted: Counted) -> Counts:
        """Count, or return what was counted before."""
        if counted not in self._made:
            self._made |= self._count(counted)
        return self._made[counted]

    def _count(self, counted: Counted) -> dict[Counted, Counts]:
        kind, columns, condition = counted
        rows = self._select(json.loads(condition), columns) if condition else self._rows
        if kind == "rows":
            return {counted: count_rows(len(rows))}
        arrays = [_to_array(rows[name]) for name in columns]
        if kind not in TOKENS:
            return {counted: sort_counts(COUNTERS[kind](*arrays))}
        found = count_tokens(pa.chunked_array(arrays))
        return {counted._replace(kind=name): getattr(found, name) for name in TOKENS}

    def _select(
        self, condition: dict[str, Any], columns: tuple[str, ...]
    ) -> pd.DataFrame | pa.Table:
        """Select the rows that meet a row condition, with these columns."""
        used = sorted(columns_of(condition))
        if isinstance(self._rows, pd.DataFrame):
            return self._rows[meets(condition, self._rows[used])][[*columns]]
        kept = meets(condition, self._rows.select(used).to_pandas())
        return self._rows.select(columns).filter(pa.array(kept))


KEPT_ROWS_MAX = 100_000
"""Most values of a count that stays in memory."""


class CountTables(Protocol):
    """What was counted of some of the rows, by the representation of each `Counted`."""

    def __getitem__(self, name: str) -> Counts:
        """Return a count."""


class MergedCounts:
    """The counts of rows, added up over parts of them."""

    def __init__(self, parts: Sequence[CountTables]) -> None:
        """Add up nothing yet."""
        self._parts, self._added_up = parts, dict[Counted, Counts]()

    @classmethod
    def of(cls, tables: Iterable[pa.Table], asked: Iterable[Counted]) -> MergedCounts:
        """Count the rows of tables one after the other.

        Args:
            tables: the parts.
            asked: what is counted.
        """
        asked = list(asked)
        parts = []
        for table in tables:
            counts = FrameCounts(table)
            parts.append({repr(counted): counts.get(counted) for counted in asked})
        return cls(parts)

    def get(self, counted: Counted) -> Counts:
        """Add up a count, and keep it; one of very many values is used once, and is not kept."""
        if counted in self._added_up:
            return self._added_up[counted]
        counts = add_up([tables[repr(counted)] for tables in self._parts])
        if counted.kind in TOKENS or len(counts) <= KEPT_ROWS_MAX:
            self._added_up[counted] = counts
        return counts


def write_condition(condition: dict[str, Any] | None) -> str:
    """Write a row condition as `Counted` holds it."""
    return json.dumps(condition, sort_keys=True) if condition else ""


def count_values(column: pa.Array) -> Counts:
    """Count values; texts by 64-bit hashes, because only their number matters."""
    if pa.types.is_string(column.type):
        return count_distinct(hash_texts(column.drop_null()))
    return count_distinct(column)


def hash_texts(texts: pa.Array) -> pa.Array:
    """Return the 64-bit hash of each text (uint64), the same in every process; none may be null."""
    values = texts.to_numpy(zero_copy_only=False)
    # Most texts are different: to look for equal ones first takes longer.
    return pa.array(pd.util.hash_array(values, categorize=False), pa.uint64())


def count_pairs(*columns: pa.Array) -> Counts:
    """Count pairs of numbers; a text counts as its length in characters."""
    # A whole number beyond 2^53 is rounded, which does not change its rank.
    numbers = (_to_number(column).cast(pa.float64(), safe=False) for column in columns)
    return count_distinct(*numbers)


def _to_number(column: pa.Array) -> pa.Array:
    return pc.utf8_length(column) if pa.types.is_string(column.type) else column


def _to_array(values: pd.Series | pa.ChunkedArray) -> pa.Array:
    """Return a column as an array of strings or numbers."""
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    is_text = not pd.api.types.is_numeric_dtype(values)
    found = pa.array(values, pa.string() if is_text else None, from_pandas=True)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


TOKENS = ("tokens", "lengths")
"""The kinds that are counted together; see `TokenCounts`."""

COUNTERS: dict[str, Callable[..., Counts]] = {
    "values": count_values,
    "texts": count_distinct,
    "nulls": lambda column: count_rows(column.null_count),
    "pairs": count_pairs,
}
"""Functions of the columns."""
