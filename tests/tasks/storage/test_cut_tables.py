from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.storage.artifacts import digest_file
from tasks.storage.cut_tables import cut_tables
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(1, 7))
def test_tables_are_cut_into_equal_parts(sizes: list[int], rows: int) -> None:
    numbers = iter(range(sum(sizes)))
    tables = [
        pa.table({"n": pa.array([next(numbers) for _ in range(s)], pa.int64())}) for s in sizes
    ]
    cut = list(cut_tables(tables, rows))
    assert pa.concat_tables(cut)["n"].to_pylist() == list(range(sum(sizes)))
    assert {len(part) for part in cut[:-1]} <= {rows}
    assert len(cut) == max(1, -(-sum(sizes) // rows))
    assert all(part["n"].num_chunks == 1 for part in cut if len(part))


@pytest.mark.parametrize("sizes", [(250_000,), (1, 99_999, 150_000), (100_000, 0, 150_000)])
def test_a_file_does_not_depend_on_how_its_rows_come(sizes: tuple[int, ...], store: Store) -> None:
    workspace = Workspace(store.objects, store.root / "work", "the source")
    numbers = pa.table(
        {"n": range(sum(sizes)), "t": [f"text {n % 1_000}" for n in range(sum(sizes))]}
    )
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    parts = (numbers.slice(start, size) for start, size in zip(starts, sizes, strict=True))
    workspace.write_tables(parts, "cut.parquet")
    workspace.write_tables([numbers], "whole.parquet")
    cut, whole = (digest_file(workspace.output / f"{name}.parquet") for name in ("cut", "whole"))
    assert cut == whole
