"""Counts: the distinct values of one or two columns, and how often each occurs.

Counts add up over the partitions of a delivery. Every figure about a whole file is computed from
them, in the order of the values. So it is the same whatever the partitions, and in whatever order
they were counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

COUNT = "count"
VALUE, OTHER = "value", "other"

Counts: TypeAlias = pa.Table
"""Distinct values in `value`, of pairs also in `other`, and `count` (int64)."""


def count_distinct(*columns: pa.Array) -> Counts:
    """Count the rows with each distinct value, or pair of values, unsorted; nulls are left out."""
    # Adding zero makes -0.0 the same value as 0.0.
    same = (pc.add(c, 0.0) if pa.types.is_floating(c.type) else c for c in columns)
    table = pa.table(dict(zip((VALUE, OTHER), same, strict=False))).drop_null()
    names = table.column_names
    counted = table.group_by(names).aggregate([([], "count_all")])
    return counted.rename_columns([*names, COUNT])


def count_rows(rows: int) -> Counts:
    """Make a count without values."""
    return pa.table({COUNT: [rows]})


def sort_counts(counts: Counts) -> Counts:
    """Sort counts by their values."""
    keys = [(name, "ascending") for name in counts.column_names if name != COUNT]
    return counts.sort_by(keys) if keys else counts


def add_up(parts: Sequence[Counts]) -> Counts:
    """Add up counts of the same kind, at least one, sorted by their values."""
    table = pa.concat_tables(parts)
    names = [name for name in table.column_names if name != COUNT]
    if not names:
        return count_rows(sum(table[COUNT].to_pylist()))
    # Counts are added up along the sorted values: grouping would need twice the memory.
    table = sort_counts(table)
    starts = _find_starts(table.select(names))
    if len(starts) == len(table):
        return table
    sums = np.add.reduceat(table[COUNT].to_numpy(), starts)
    return table.select(names).take(pa.array(starts)).append_column(COUNT, pa.array(sums))


def _find_starts(values: pa.Table) -> NDArray[np.intp]:
    """Return the places of sorted values, or pairs, at which another one begins."""
    begins = np.zeros(values.num_rows, np.bool_)
    begins[:1] = True
    for column in values.columns:
        begins[1:] |= pc.not_equal(column[1:], column[:-1]).to_numpy()
    return np.flatnonzero(begins)
