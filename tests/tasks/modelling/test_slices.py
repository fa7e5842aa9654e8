from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tasks.modelling.slices import LENGTH_EDGES_WORDS, PRICE_EDGES_USD, band


@pytest.mark.parametrize(
    ("value", "name"),
    [(4, "0–15 USD"), (15, "0–15 USD"), (15.5, "15–30 USD"), (3300, "over 120 USD")],
)
def test_a_price_falls_into_its_band(value: float, name: str) -> None:
    assert band(pd.Series([value]), PRICE_EDGES_USD, "USD").tolist() == [name]


def test_no_price_is_a_band_of_its_own() -> None:
    assert band(pd.Series([np.nan]), PRICE_EDGES_USD, "USD").tolist() == ["unknown"]
    assert band(pd.Series([56]), LENGTH_EDGES_WORDS, "words").tolist() == ["over 55 words"]
