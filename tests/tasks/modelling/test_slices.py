from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tasks.modelling.slices import LENGTH_EDGES_WORDS, PRICE_EDGES_USD, band, name_slices


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *[(0, "0–15 USD"), (15, "0–15 USD"), (15.5, "15–30 USD"), (30, "15–30 USD")],
        *[(30.5, "30–60 USD"), (60, "30–60 USD"), (60.5, "60–120 USD"), (120, "60–120 USD")],
        *[(120.5, "over 120 USD"), (3300, "over 120 USD")],
    ],
)
def test_a_price_falls_into_its_band(value: float, name: str) -> None:
    assert band(pd.Series([value]), PRICE_EDGES_USD, "USD").tolist() == [name]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        *[(0, "0–25 words"), (25, "0–25 words"), (26, "25–40 words"), (40, "25–40 words")],
        *[(41, "40–55 words"), (55, "40–55 words"), (56, "over 55 words")],
    ],
)
def test_a_number_of_words_falls_into_its_band(value: int, name: str) -> None:
    assert band(pd.Series([value]), LENGTH_EDGES_WORDS, "words").tolist() == [name]


def test_no_price_is_a_band_of_its_own() -> None:
    assert band(pd.Series([np.nan, 4]), PRICE_EDGES_USD, "USD").tolist() == ["unknown", "0–15 USD"]


def test_a_review_belongs_to_a_slice_of_each_kind() -> None:
    reviews = pd.DataFrame(
        {
            "country": ["Italy", None],
            "variety": [None, "Merlot"],
            "price": [20.0, None],
            "description": ["A wine,  of\nfive words.", "word " * 26],
        }
    )
    named = {kind: names.tolist() for kind, names in name_slices(reviews).items()}
    assert named == {
        "country": ["Italy", "unknown"],
        "variety": ["unknown", "Merlot"],
        "price": ["15–30 USD", "unknown"],
        "length": ["0–25 words", "25–40 words"],
    }
