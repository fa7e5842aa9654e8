"""Counts add up to those of all rows, however the rows are cut and in whatever order."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.counted_rows import Counted, FrameCounts, write_condition
from data_contracts.counts import add_up

CONDITION = {"type": "comparison", "column": {"name": "number"}, "operator": ">", "parameter": 0}
KINDS = [
    ("rows", ()),
    ("nulls", ("text",)),
    ("values", ("number",)),
    ("values", ("whole",)),
    ("values", ("text",)),
    ("texts", ("text",)),
    ("pairs", ("text", "number")),
    ("pairs", ("whole", "number")),
    ("tokens", ("text",)),
    ("lengths", ("text",)),
]
SCHEMA = pa.schema([("text", pa.string()), ("number", pa.float64()), ("whole", pa.int64())])
ROWS = st.lists(
    st.tuples(
        st.sampled_from([None, "", "a b", "b a", "a", "É, é"]),
        st.sampled_from([None, 0.0, 1.5, -2.0]),
        st.sampled_from([None, 1, 2**53, 2**53 + 1]),
    ),
    max_size=20,
)


def to_table(rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.table([list(column) for column in columns], schema=SCHEMA)


@pytest.mark.parametrize("condition", [None, CONDITION], ids=["all", "some"])
@pytest.mark.parametrize(("kind", "columns"), KINDS)
@given(rows=ROWS, cuts=st.sets(st.integers(0, 20), max_size=3), seed=st.integers(0, 9))
def test_the_counts_of_parts_add_up(
    kind: str,
    columns: tuple[str, ...],
    condition: dict[str, Any] | None,
    rows: list[tuple[Any, ...]],
    cuts: set[int],
    seed: int,
) -> None:
    counted = Counted(kind, columns, write_condition(condition))
    ends = [0, *sorted(cuts), len(rows)]
    parts = [FrameCounts(to_table(rows[a:b])).get(counted) for a, b in pairwise(ends)]
    random.Random(seed).shuffle(parts)
    whole = FrameCounts(to_table(rows)).get(counted)
    assert add_up(parts).equals(whole)


def test_a_frame_counts_as_its_table() -> None:
    table = to_table([("a b", 1.5, 1), (None, None, None), ("a b", 1.5, 2), ("É", -2.0, 1)])
    frame = table.to_pandas()
    for kind, columns in KINDS:
        counted = Counted(kind, columns)
        of_frame, of_table = FrameCounts(frame).get(counted), FrameCounts(table).get(counted)
        assert of_frame.to_pydict() == of_table.to_pydict(), counted


def test_whole_numbers_stay_apart_beyond_what_a_float_holds() -> None:
    table = to_table([(None, None, 2**53), (None, None, 2**53 + 1)])
    assert FrameCounts(table).get(Counted("values", ("whole",))).num_rows == 2


def test_texts_are_counted_by_what_they_are() -> None:
    frame = pd.DataFrame({"text": ["b", None, "a", "b"]})
    found = FrameCounts(frame).get(Counted("texts", ("text",)))
    assert found.to_pydict() == {"value": ["a", "b"], "count": [1, 2]}
    hashed = FrameCounts(frame).get(Counted("values", ("text",)))
    assert sorted(hashed["count"].to_pylist()) == [1, 2]
    assert hashed["value"].type == pa.uint64()


def test_rows_and_nulls_are_counted() -> None:
    table = to_table([("a", None, 1), (None, 1.0, 2), (None, None, 3)])
    for counted, number in ((Counted("rows"), 3), (Counted("nulls", ("text",)), 2)):
        assert FrameCounts(table).get(counted).to_pydict() == {"count": [number]}
        assert add_up([FrameCounts(table).get(counted)] * 2).to_pydict() == {"count": [2 * number]}
