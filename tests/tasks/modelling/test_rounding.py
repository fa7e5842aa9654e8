from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_contracts.dataset import Target
from tasks.modelling.rounding import round_to_step
from tests.contracts import POINTS, SHARE

STARS = Target(name="stars", unit="", minimum=1, maximum=5, step=0.5)
TENTHS = Target(name="grade", unit="", minimum=1, maximum=6, step=0.1)


@pytest.mark.parametrize(
    ("target", "estimated", "rounded"),
    [
        (POINTS, [86.49, 87.5, 88.51], [86, 88, 89]),
        (STARS, [3.24, 3.26, 4.9], [3.0, 3.5, 5.0]),
        # Not 0.30000000000000004: actual values are compared with it.
        (TENTHS, [0.31, 1.16, 2.2], [0.3, 1.2, 2.2]),
        (SHARE, [0.123, 0.5, 1.0], [0.123, 0.5, 1.0]),
    ],
)
def test_estimates_are_rounded_to_the_nearest_possible_value(target, estimated, rounded) -> None:
    assert round_to_step(np.array(estimated), target).tolist() == rounded
    assert round_to_step(pd.Series(estimated), target).tolist() == rounded


def test_tables_are_rounded_by_column() -> None:
    table = pd.DataFrame({"median": [3.2, 3.3], "ridge": [1.1, 4.4]})
    expected = {"median": [3.0, 3.5], "ridge": [1.0, 4.5]}
    assert round_to_step(table, STARS).to_dict("list") == expected
