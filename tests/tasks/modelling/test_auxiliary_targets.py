from __future__ import annotations

import numpy as np
import pyarrow as pa

from tasks.modelling.auxiliary_targets import CLASSES_MAX, MISSING, encode_auxiliary_targets


def test_prices_are_standardized_logarithms_and_unknown_where_there_is_none() -> None:
    reviews = pa.table({"price": pa.array([10.0, 1000.0, None, 0.0])})
    encoded = encode_auxiliary_targets(reviews, ("price",))
    assert encoded.outputs == (1,)
    np.testing.assert_allclose(encoded.targets[:, 0], [-1, 1, np.nan, np.nan], rtol=1e-6)


def test_classes_are_numbered_from_the_most_frequent_and_ties_by_name() -> None:
    names = ["Syrah", "Malbec", "Syrah", None, "Gamay"]
    encoded = encode_auxiliary_targets(pa.table({"variety": names}), ("variety",))
    assert encoded.outputs == (3,)
    assert encoded.targets[:, 0].tolist() == [0, 2, 0, MISSING, 1]


def test_rare_classes_teach_nothing() -> None:
    names = [f"grape {number:03}" for number in range(CLASSES_MAX) for _ in range(2)] + ["rare"]
    encoded = encode_auxiliary_targets(pa.table({"variety": names}), ("variety",))
    assert encoded.outputs == (CLASSES_MAX,)
    assert encoded.targets[-1, 0] == MISSING
    assert encoded.targets.max() == CLASSES_MAX - 1


def test_a_column_in_which_nothing_can_be_told_apart_gets_no_output() -> None:
    nothing = {"taster_name": pa.nulls(3, pa.string()), "price": pa.nulls(3, pa.float64())}
    some = {"country": ["Chile"] * 3, "province": ["Maule", "Maipo", "Maule"]}
    names = ("taster_name", "price", "country", "province")
    encoded = encode_auxiliary_targets(pa.table({**nothing, **some}), names)
    assert encoded.outputs == (2,)
    assert encoded.targets.tolist() == [[0], [1], [0]]
    assert encode_auxiliary_targets(pa.table(nothing), ()).targets.shape == (3, 0)
