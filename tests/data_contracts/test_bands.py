from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.bands import find_bands, name_bands

NUMBERS = st.integers(-20, 20) | st.floats(-20, 20) | st.sampled_from([math.inf, -math.inf])
EDGES = st.lists(st.integers(-20, 20).map(lambda n: n / 10), min_size=1, unique=True).map(sorted)


@given(NUMBERS, EDGES)
def test_a_band_includes_its_lower_edge_and_not_its_upper_one(
    number: float, edges: list[float]
) -> None:
    (place,) = find_bands(np.array([number]), edges)
    low, high = [-math.inf, *edges][place], [*edges, math.inf][place]
    assert low <= number
    assert number < high or number == high == math.inf


@pytest.mark.parametrize(
    ("edges", "unit", "names"),
    [
        ((1990, 2000.0), "", ["under 1990", "1990 to under 2000", "2000 or more"]),
        ((0.3, 0.7), "EUR", ["under 0.3 EUR", "0.3 to under 0.7 EUR", "0.7 EUR or more"]),
        ((-5,), "cm", ["under -5 cm", "-5 cm or more"]),
        ((9999, 10_000), "", ["under 9999", "9999 to under 10,000", "10,000 or more"]),
        ((-1e6, 1e6 + 0.5), "", ["under -1,000,000", "-1,000,000 to under 1,000,000.5"]),
    ],
)
def test_bands_are_named_after_their_edges(
    edges: tuple[float, ...], unit: str, names: list[str]
) -> None:
    found = name_bands(edges, unit)
    assert found[: len(names)] == names
    assert len(found) == len(edges) + 1
