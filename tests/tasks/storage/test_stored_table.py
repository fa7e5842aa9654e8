from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tasks.storage.stored_table import StoredTable
from tests.stored_tables import store_table

TABLE = pa.table({"row": range(60), "text": [f"text {row}" for row in range(60)]})


@pytest.mark.parametrize("group_rows", [7, 60])
@pytest.mark.parametrize("kept", [range(60), range(0, 60, 3), range(50, 60), range(0)])
def test_what_is_read_at_a_time_is_cut_from_the_rows_alone(
    tmp_path: Path, group_rows: int, kept: range
) -> None:
    keep = np.isin(np.arange(60), kept)
    stored = store_table(tmp_path, TABLE, group_rows).filter(keep)
    expected = TABLE.filter(pa.array(keep))
    assert stored.rows == len(kept)
    assert stored.columns == ["row", "text"]
    assert stored.read().combine_chunks() == expected
    assert stored.read(["text"])["text"].to_pylist() == expected["text"].to_pylist()
    batches = list(stored.batches(11, ["row"]))
    assert [batch.num_rows for batch in batches[:-1]] == [11] * (len(batches) - 1)
    assert pa.concat_tables(batches)["row"].to_pylist() == list(kept)
    assert [text for texts in stored.texts("text") for text in texts] == expected[
        "text"
    ].to_pylist()


def test_a_filter_marks_the_rows_that_another_left(tmp_path: Path) -> None:
    even = store_table(tmp_path, TABLE).filter(np.arange(60) % 2 == 0)
    last = even.filter(np.arange(30) >= 28)
    assert last.read()["row"].to_pylist() == [56, 58]
    assert even.rows == 30


def test_an_error_of_reading_is_explained_and_one_of_the_reader_is_not(tmp_path: Path) -> None:
    class ExplainedError(Exception):
        pass

    @contextlib.contextmanager
    def explain() -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ExplainedError from error

    path = store_table(tmp_path, TABLE, 7).path
    stored = StoredTable(path, explain)

    def refuse(batches: Iterator[pa.Table]) -> None:
        next(batches)
        raise PermissionError

    with pytest.raises(PermissionError):
        refuse(stored.batches(7))
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + b"\xff" * 90 + whole[94:])
    for read in (stored.read, lambda: list(stored.batches(7))):
        with pytest.raises(ExplainedError):
            read()
    path.unlink()
    with pytest.raises(ExplainedError):
        StoredTable(path, explain)
