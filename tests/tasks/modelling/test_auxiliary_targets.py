from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from data_contracts.dataset import Column
from tasks.modelling.auxiliary_targets import CLASSES_MAX, MISSING, encode_auxiliary_targets

PRICE = Column(name="price", logarithmic=True)
VARIETY = Column(name="variety")


def test_logarithmic_numbers_are_standardized_logarithms_and_unknown_where_there_is_none() -> None:
    reviews = pa.table({"price": pa.array([10.0, 1000.0, None, 0.0])})
    encoded = encode_auxiliary_targets(reviews, (PRICE,))
    assert encoded.outputs == (1,)
    np.testing.assert_allclose(encoded.targets[:, 0], [-1, 1, np.nan, np.nan], rtol=1e-6)


@pytest.mark.parametrize("kind", [pa.float64(), pa.int64()])
def test_other_numbers_are_standardized_as_they_are(kind: pa.DataType) -> None:
    reviews = pa.table({"degrees": pa.array([-10, 30, None, 10], kind)})
    encoded = encode_auxiliary_targets(reviews, (Column(name="degrees"),))
    assert encoded.outputs == (1,)
    deviation = np.std([-10, 30, 10])
    expected = np.array([-20, 20, np.nan, 0]) / deviation
    np.testing.assert_allclose(encoded.targets[:, 0], expected, rtol=1e-6)


def test_one_number_in_all_rows_is_zero() -> None:
    encoded = encode_auxiliary_targets(pa.table({"price": [7.0, 7.0]}), (PRICE,))
    assert encoded.targets.tolist() == [[0], [0]]


def test_classes_are_numbered_from_the_most_frequent_and_ties_by_name() -> None:
    names = ["Syrah", "Malbec", "Syrah", None, "Gamay"]
    encoded = encode_auxiliary_targets(pa.table({"variety": names}), (VARIETY,))
    assert encoded.outputs == (3,)
    assert encoded.targets[:, 0].tolist() == [0, 2, 0, MISSING, 1]


def test_rare_classes_teach_nothing() -> None:
    names = [f"grape {number:03}" for number in range(CLASSES_MAX) for _ in range(2)] + ["rare"]
    encoded = encode_auxiliary_targets(pa.table({"variety": names}), (VARIETY,))
    assert encoded.outputs == (CLASSES_MAX,)
    assert encoded.targets[-1, 0] == MISSING
    assert encoded.targets.max() == CLASSES_MAX - 1


def test_a_column_in_which_nothing_can_be_told_apart_gets_no_output() -> None:
    nothing = {"taster_name": pa.nulls(3, pa.string()), "price": pa.nulls(3, pa.float64())}
    some = {"country": ["Chile"] * 3, "province": ["Maule", "Maipo", "Maule"]}
    names = ("taster_name", "price", "country", "province")
    columns = tuple(Column(name=name, logarithmic=name == "price") for name in names)
    encoded = encode_auxiliary_targets(pa.table({**nothing, **some}), columns)
    assert encoded.outputs == (2,)
    assert encoded.targets.tolist() == [[0], [1], [0]]
    assert encode_auxiliary_targets(pa.table(nothing), ()).targets.shape == (3, 0)
