from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.bands import name_bands
from data_contracts.counted_rows import Counted, FrameCounts
from data_contracts.dataset import Column
from data_contracts.figures import count_bands
from tasks.modelling.slices import band, name_slices, title_slices
from tests.contracts import WINE

DATASET = WINE.dataset
PRICE_EDGES = (15, 30, 60, 120)


def test_the_edges_are_those_of_the_contract() -> None:
    (price,) = (column for column in DATASET.slices if column.name == "price")
    assert (price.edges, price.unit, DATASET.text_edges) == (PRICE_EDGES, "USD", (25, 40, 55))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *[(-1, "under 15 USD"), (14.9, "under 15 USD"), (15, "15 to under 30 USD")],
        *[(30, "30 to under 60 USD"), (60, "60 to under 120 USD"), (119.9, "60 to under 120 USD")],
        *[(120, "120 USD or more"), (3300, "120 USD or more")],
    ],
)
def test_a_price_falls_into_its_band(value: float, name: str) -> None:
    assert band(pd.Series([value]), PRICE_EDGES, "USD").tolist() == [name]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *[(0, "under 25 words"), (24, "under 25 words"), (25, "25 to under 40 words")],
        *[(40, "40 to under 55 words"), (54, "40 to under 55 words"), (55, "55 words or more")],
    ],
)
def test_a_number_of_words_falls_into_its_band(value: int, name: str) -> None:
    assert band(pd.Series([value]), DATASET.text_edges, "words").tolist() == [name]


def test_one_edge_without_a_unit_makes_two_bands() -> None:
    values = pd.Series([-1, 0, 0.25, 0.5], dtype="float64")
    assert band(values, (0,), "").tolist() == ["under 0", "0 or more", "0 or more", "0 or more"]


def test_no_price_is_a_band_of_its_own() -> None:
    named = band(pd.Series([np.nan, 4]), PRICE_EDGES, "USD").tolist()
    assert named == ["unknown", "under 15 USD"]


@given(st.lists(st.integers(-3, 3) | st.floats(-3, 3) | st.none()))
def test_a_number_is_in_the_same_band_on_both_pages(numbers: list[float | None]) -> None:
    """The slices of the run page, and the bars of the data quality page."""
    edges, values = (-1, 0, 0.5, 2), pd.Series(numbers, dtype="float64")
    counted = band(values, edges, "").value_counts(sort=False)
    assert counted.index.tolist() == [*name_bands(edges), "unknown"]
    counts = count_bands(FrameCounts(values.to_frame("x")).get(Counted("values", ("x",))), edges)
    assert counted.tolist() == [*counts, values.isna().sum()]


REVIEWS = pd.DataFrame(
    {
        "country": ["Italy", None],
        "variety": [None, "Merlot"],
        "price": [20.0, None],
        "description": ["A wine,  of\nfive words.", "word " * 26],
    }
)


def test_a_review_belongs_to_a_slice_of_each_kind() -> None:
    named = {kind: names.tolist() for kind, names in name_slices(REVIEWS, DATASET).items()}
    assert named == {
        "country": ["Italy", "unknown"],
        "variety": ["unknown", "Merlot"],
        "price": ["15 to under 30 USD", "unknown"],
        "description": ["under 25 words", "25 to under 40 words"],
    }
    assert set(named) == set(DATASET.slice_kinds)


@pytest.mark.parametrize("column", ["country", "price"])
def test_a_column_without_any_value_makes_no_slices(column: str) -> None:
    empty = REVIEWS.assign(**{column: None})
    assert set(name_slices(empty, DATASET)) == set(DATASET.slice_kinds) - {column}


def test_a_contract_without_slices_has_none() -> None:
    bare = DATASET.model_copy(update={"slices": (), "text_edges": ()})
    assert name_slices(REVIEWS, bare) == {} == title_slices(bare)


def test_titles_name_the_unit() -> None:
    columns = (Column(name="a.b"), Column(name="größe", edges=(3,), unit="cm"))
    dataset = DATASET.model_copy(update={"slices": columns, "text": "100g"})
    assert title_slices(dataset) == {
        "a.b": "a.b",
        "größe": "größe (cm)",
        "100g": "100g (words)",
    }
