from __future__ import annotations

from tasks.pages.shares import mean_level, spread_levels


def test_mean_and_spread_weigh_by_count() -> None:
    assert mean_level({80: 1, 90: 3}) == 87.5
    assert spread_levels({80: 1, 90: 1}) == 5
