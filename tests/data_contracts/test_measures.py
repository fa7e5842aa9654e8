"""What is measured on a frame, and that Great Expectations knows each measure by its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.registry import get_metric_kwargs
from great_expectations.validator.metric_configuration import MetricConfiguration

from data_contracts import measures
from data_contracts.counted_rows import FrameCounts
from data_contracts.evaluation import FileMetrics

pytestmark = pytest.mark.heavy

FRAME = pd.DataFrame(
    {
        "points": pd.Series([80, 90, None, 80], dtype="Int64"),
        "price": [4.0, 5.0, np.nan, 2_000.0],
        "bottles": pd.Series([4, 5, None, 2_000], dtype="Int64"),
        "description": pd.Series(["A firm wine", None, "wine", "Firm, firm."], dtype="str"),
    }
)


def measure(name: str, **columns: object) -> Any:
    """Measure as an expectation asks for it, by the metric's name."""
    engine = PandasExecutionEngine(batch_data_dict={"all": FRAME})
    asked = MetricConfiguration(name, metric_domain_kwargs={}, metric_value_kwargs=columns)
    return engine.resolve_metrics([asked])[asked.id]


def test_values_are_counted() -> None:
    counts = measure(measures.VALUE_COUNTS, column="points", width=1)
    assert counts == {80: 2, 90: 1}
    assert {type(number) for pair in counts.items() for number in pair} == {int}


@pytest.mark.parametrize(
    ("width", "counts"),
    [(5, {16: 2, 18: 1}), (0.5, {160: 2, 180: 1}), (100, {1: 3}), (0.1, {800: 2, 900: 1})],
)
def test_values_are_counted_in_multiples_of_a_width(width: float, counts: dict[int, int]) -> None:
    assert measure(measures.VALUE_COUNTS, column="points", width=width) == counts


@pytest.mark.parametrize("column", ["price", "bottles"])
def test_numbers_are_counted_between_edges(column: str) -> None:
    counts = measure(measures.HISTOGRAM, column=column, edges=[5, 10, 1000])
    assert counts == {0: 1, 1: 1, 2: 0, 3: 1}
    assert list(counts) == [0, 1, 2, 3]
    assert {type(number) for pair in counts.items() for number in pair} == {int}


def test_tokens_and_lengths_are_counted() -> None:
    tokens, lengths = measure(measures.WORD_COUNTS, column="description")
    counted = dict(zip(*tokens.to_pydict().values(), strict=True))
    assert counted == {"a": 1, "firm": 3, "wine": 2}
    assert lengths.to_pydict() == {"value": [0, 1, 2, 3], "count": [1, 1, 1, 1]}


def test_ranks_are_correlated() -> None:
    found = measure(measures.RANK_CORRELATION, column_A="price", column_B="bottles")
    assert found == pytest.approx(1)
    found = measure(measures.RANK_CORRELATION, column_A="points", column_B="description")
    # Of the rows that have both, the two texts are equally long.
    assert np.isnan(found)


def test_shares_of_nulls_are_measured() -> None:
    shares = {"points": 0.25, "price": 0.25, "bottles": 0.25, "description": 0.25}
    assert measure(measures.NULL_FRACTIONS) == shares


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        (measures.VALUE_COUNTS, ("column", "width")),
        (measures.HISTOGRAM, ("column", "edges")),
        (measures.WORD_COUNTS, ("column",)),
        (measures.RANK_CORRELATION, ("column_A", "column_B")),
        (measures.NULL_FRACTIONS, ()),
    ],
)
def test_an_expectation_hands_on_which_columns_it_speaks_of(
    name: str, keys: tuple[str, ...]
) -> None:
    assert get_metric_kwargs(name)["metric_value_keys"] == keys


def test_a_metric_is_measured_once_for_each_row_condition() -> None:
    file = FileMetrics(["points"], measures.Rows(FrameCounts(FRAME), ("points",)))
    asked = MetricConfiguration(measures.VALUE_COUNTS, {}, {"column": "points", "width": 1})
    condition = {"type": "nullity", "column": {"name": "description"}, "is_null": False}
    every, some = file.measure(asked, None), file.measure(asked, condition)
    assert (every, some) == ({80: 2, 90: 1}, {80: 2})
    assert file.measure(asked, None) is every
    assert file.measure(asked, condition) is some
