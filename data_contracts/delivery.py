"""The rows of a delivery that is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.counted_rows import CountedRows, FrameCounts
from data_contracts.row_checks import Broken, Values, find_broken, select_values
from data_contracts.rules import Rule
from data_contracts.unreadable import RULE, UNREADABLE

Places = NDArray[np.intp]
"""Positions of rows in a delivery, ascending."""


class Delivery(Protocol):
    """The rows of a delivery: `row_number`, the contract's columns and those `as_written`.

    Attributes:
        rows: number of all rows.
        readable: number of the rows that could be read. Only one rule sees the others.
        columns: names of the columns.
        counts: of the rows that could be read.
    """

    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def readable(self) -> int: ...  # noqa: D102
    @property
    def columns(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def counts(self) -> CountedRows: ...  # noqa: D102

    def find_broken(self, rule: Rule) -> Broken:
        """Find the rows that break a rule about rows."""

    def take(self, places: Places, columns: Sequence[str]) -> pd.DataFrame:
        """Return some rows, with `row_number` and these columns."""


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return a table as a frame, in which whole numbers stay whole beside nulls."""
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame


class FrameDelivery:
    """A delivery whose rows are all in memory; see `Delivery`."""

    def __init__(self, reviews: pd.DataFrame, counts: CountedRows | None = None) -> None:
        """Take the rows of a frame.

        Args:
            reviews: the rows, with `UNREADABLE` if some could not be read.
            counts: of the rows that could be read, if they are counted elsewhere.
        """
        self._all = self._readable = reviews
        self._places = np.arange(len(reviews))
        if UNREADABLE in reviews and reviews[UNREADABLE].notna().any():
            self._readable = reviews[reviews[UNREADABLE].isna()]
            self._places = np.flatnonzero(reviews[UNREADABLE].isna())
        self.rows, self.readable = len(reviews), len(self._readable)
        self.columns = [str(name) for name in reviews.columns]
        self.counts = counts or FrameCounts(self._readable)

    @classmethod
    def of(cls, reviews: pa.Table, counts: CountedRows | None = None) -> FrameDelivery:
        """Take the rows of a table."""
        return cls(to_frame(reviews), counts)

    def find_broken(self, rule: Rule) -> Broken:
        """Find the rows that break a rule about rows."""
        if rule == RULE:
            return find_broken(rule, self._all)
        broken = find_broken(rule, self._readable)
        return broken._replace(places=self._places[broken.places])

    def select_values(self, rule: Rule) -> Values:
        """Select the values that a rule looks at."""
        values = select_values(rule, self._readable)
        return values._replace(places=self._places[values.places])

    def take(self, places: Places, columns: Sequence[str]) -> pd.DataFrame:
        """Return some rows, with `row_number` and these columns."""
        names = ["row_number", *columns]
        # Of a large frame, pandas takes as long to select no rows as to select many.
        return self._all[names].iloc[places] if len(places) else self._all[names].head(0)
