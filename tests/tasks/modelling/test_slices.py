from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_contracts.dataset import Column
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
        *[(0, "up to 15 USD"), (15, "up to 15 USD"), (15.5, "15–30 USD"), (30, "15–30 USD")],
        *[(30.5, "30–60 USD"), (60, "30–60 USD"), (60.5, "60–120 USD"), (120, "60–120 USD")],
        *[(120.5, "over 120 USD"), (3300, "over 120 USD"), (-1, "up to 15 USD")],
    ],
)
def test_a_price_falls_into_its_band(value: float, name: str) -> None:
    assert band(pd.Series([value]), PRICE_EDGES, "USD").tolist() == [name]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *[(0, "up to 25 words"), (25, "up to 25 words"), (26, "25–40 words"), (40, "25–40 words")],
        *[(41, "40–55 words"), (55, "40–55 words"), (56, "over 55 words")],
    ],
)
def test_a_number_of_words_falls_into_its_band(value: int, name: str) -> None:
    assert band(pd.Series([value]), DATASET.text_edges, "words").tolist() == [name]


def test_one_edge_without_a_unit_makes_two_bands() -> None:
    values = pd.Series([-1, 0, 0.25, 0.5], dtype="float64")
    assert band(values, (0,), "").tolist() == ["up to 0", "up to 0", "over 0", "over 0"]


def test_bands_between_large_or_close_edges_have_names_of_their_own() -> None:
    values = pd.Series([1_000_000, 1_000_001, 1_000_002])
    names = band(values, (1_000_000, 1_000_001), "kg").tolist()
    assert names == ["up to 1000000 kg", "1000000–1000001 kg", "over 1000001 kg"]


def test_no_price_is_a_band_of_its_own() -> None:
    named = band(pd.Series([np.nan, 4]), PRICE_EDGES, "USD").tolist()
    assert named == ["unknown", "up to 15 USD"]


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
        "price": ["15–30 USD", "unknown"],
        "description": ["up to 25 words", "25–40 words"],
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
