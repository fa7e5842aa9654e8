from __future__ import annotations

from pathlib import Path

import pytest

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.promotion_bounds import PromotionBounds, _announce, rename_slices
from tests.contracts import STARS_COLUMNS, WINE, make_contract


def test_bounds_that_are_not_set_follow_from_the_scale(tmp_path: Path) -> None:
    wine = PromotionBounds.of(PromotionParameters(), WINE.dataset)
    kinds = ("country", "price", "variety", "description")
    assert wine == (pytest.approx(0.01), pytest.approx(0.1), pytest.approx(0.01), kinds, 3)
    dataset = make_contract(tmp_path, STARS_COLUMNS).dataset
    stars = PromotionBounds.of(PromotionParameters(), dataset)
    kinds = ("a.b", "größe", "text")
    assert stars == (pytest.approx(0.002), pytest.approx(0.02), pytest.approx(0.002), kinds, 3)


def test_bounds_that_are_set_hold_also_if_they_are_zero() -> None:
    parameters = PromotionParameters(
        margin=0, slice_loss_max=0, reproduction_tolerance=0.5, slices=()
    )
    assert PromotionBounds.of(parameters, WINE.dataset) == (0, 0, 0.5, (), 3)


@pytest.mark.parametrize("kind", ["length", "points", "winery"])
def test_slices_that_the_contract_does_not_have_are_refused(kind: str) -> None:
    parameters = PromotionParameters(slices=("country", kind))
    match = f"no slices by {kind}, only by country, price, variety, description"
    with pytest.raises(UsageError, match=match):
        PromotionBounds.of(parameters, WINE.dataset)


def test_the_old_name_of_slices_by_text_length_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _announce.cache_clear()
    old = PromotionParameters(slices=("country", "length"))
    renamed = rename_slices(old, WINE.dataset)
    assert renamed.slices == ("country", "description")
    assert "length is called description now" in caplog.text
    caplog.clear()
    for parameters in (renamed, PromotionParameters(), PromotionParameters(slices=("winery",))):
        assert rename_slices(parameters, WINE.dataset) == parameters
    without = WINE.dataset.model_copy(update={"text_edges": ()})
    assert rename_slices(old, without) == old
    assert caplog.text == ""
