"""A delivery whose rows stay on the disk: it is judged by what was measured of its partitions."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data_contracts.counted_rows import Counted, MergedCounts
from data_contracts.dataset import ROW_NUMBER
from data_contracts.delivery import Places, to_frame
from data_contracts.figures import total
from data_contracts.partition import (
    FIRST,
    PLACE,
    SECOND,
)
from data_contracts.row_checks import Broken, Values, is_about_all_rows, key_of
from data_contracts.rules import Rule
from tasks.deliveries.measuring import NORMALIZED
from tasks.deliveries.partitions import DeliveredFile, name_partition, read_partition
from tasks.storage.artifacts import Artifact
from tasks.storage.table_archive import TableArchive
from tasks.storage.workspace import Workspace


class PartitionedDelivery:
    """A delivery in partitions; see `Delivery`."""

    def __init__(
        self,
        workspace: Workspace,
        reviews: Artifact,
        files: Sequence[DeliveredFile],
        measured: Sequence[TableArchive],
        columns: Sequence[str],
    ) -> None:
        """Open a delivery.

        Args:
            workspace: reads the partitions.
            reviews: the ingested reviews.
            files: the files of the delivery.
            measured: of each partition, in order.
            columns: names of the columns.
        """
        self._workspace, self._reviews, self._measured = workspace, reviews, measured
        self._partitions = [
            (place, number) for place, file in enumerate(files) for number in range(len(file.sizes))
        ]
        self.files, self.columns = files, columns
        sizes = [size for file in files for size in file.sizes]
        self._starts = np.array([0, *itertools.accumulate(sizes)])
        self.rows, self.counts = sum(sizes), MergedCounts(measured)
        self.readable = total(self.counts.get(Counted("rows")))
        # The first rows that break a rule are mostly in the first partitions.
        self._read = functools.lru_cache(maxsize=2)(self.read)

    def read(self, number: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Read a partition, with row numbers of the delivery."""
        place, part = self._partitions[number]
        first_row = self.files[place].first_row
        return read_partition(
            self._workspace, self._reviews, name_partition(place, part), first_row, columns
        )

    def find_broken(self, rule: Rule) -> Broken:
        """Find the rows that break a rule about rows."""
        values = self._join(key_of(rule))
        if is_about_all_rows(rule):
            return values.find_broken(rule)
        return Broken(values.rows, values.nulls, values.places)

    def normalized(self) -> Values:
        """Return the hashes of the normalized texts, of the rows that have one."""
        return self._join(NORMALIZED)

    def _join(self, name: str) -> Values:
        tables = [measured[name] for measured in self._measured]
        starts = self._starts.tolist()
        places = [pc.add(t[PLACE], start) for t, start in zip(tables, starts, strict=False)]
        rows, nulls = (
            sum(int(table.schema.metadata[key]) for table in tables) for key in (b"rows", b"nulls")
        )
        names = [name for name in (FIRST, SECOND) if name in tables[0].column_names]
        columns = (np.concatenate([t[name].to_numpy() for t in tables]) for name in names)
        joined: Places = np.concatenate([array.to_numpy() for array in places]).astype(np.intp)
        return Values(rows, nulls, joined, tuple(map(pd.Series, columns)))

    def select(self, keep: NDArray[np.bool_], columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yield the rows that are marked in `keep`, with these columns, partition by partition."""
        for number, (start, end) in enumerate(itertools.pairwise(self._starts.tolist())):
            yield self.read(number, columns).filter(pa.array(keep[start:end]))

    def take(self, places: Places, columns: Sequence[str]) -> pd.DataFrame:
        """Return some rows, with `row_number` and these columns."""
        names, parts = [ROW_NUMBER, *columns], []
        numbers = np.searchsorted(self._starts, places, side="right") - 1
        for number in np.unique(numbers).tolist() or [0]:
            local = places[numbers == number] - self._starts[number]
            parts.append(self._read(number).select(names).take(pa.array(local)))
        return to_frame(pa.concat_tables(parts))
