from __future__ import annotations

from tasks.pages.shares import mean_points, spread_points


def test_mean_and_spread_weigh_by_count() -> None:
    assert mean_points({80: 1, 90: 3}) == 87.5
    assert spread_points({80: 1, 90: 1}) == 5
