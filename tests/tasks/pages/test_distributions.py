"""The pictures of distributions: what they say, what they show, and when there is none."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest

from data_contracts.profile import Profile
from tasks.pages.distributions import draw_histogram, draw_lengths, draw_nulls, draw_target
from tests.tasks.pages.profiles import NOTHING, NOW, THEN
from tests.tasks.pages.test_figures import label_of, texts_of

DRAWINGS: dict[str, Callable[[Profile, Profile | None], str | None]] = {
    "points": lambda now, then: draw_target(now, then, then),
    "prices": draw_histogram,
    "lengths": draw_lengths,
    "nulls": draw_nulls,
}


def heights_of(svg: str) -> list[float]:
    """Heights of the bars, in points; those of this file are see-through."""
    bars = re.findall(
        r'd="M [\d.]+ ([\d.]+) \nL [\d.]+ [\d.]+ \nL [\d.]+ ([\d.]+) \n[^"]*z\n"[^>]*clip-path[^>]*'
        r'style="[^"]*opacity: 0\.6',
        svg,
    )
    return [abs(float(start) - float(end)) for start, end in bars]


def test_points_say_means_and_modes_of_all_three() -> None:
    svg = draw_target(NOW, THEN, NOW)
    assert svg is not None
    assert label_of(svg) == (
        "Points. This file has a mean of 87.80, and most often 88. The reference has a mean of"
        " 85.00, and most often 84. The champion has a mean of 87.80, and most often 88."
    )
    assert {"this file", "reference", "champion", "points", "86", "60%"} <= set(texts_of(svg))


def test_bars_are_shares_whatever_the_size_of_the_file() -> None:
    alone = draw_target(NOW, None, None)
    tenfold = draw_target(NOW.model_copy(update={"points": {85: 20, 88: 60, 90: 20}}), None, None)
    assert alone == tenfold
    heights = [height for height in heights_of(str(alone)) if height]
    assert [round(height / heights[0], 3) for height in heights] == [1, 3, 1]


def test_a_few_points_on_another_scale_do_not_squeeze_the_rest() -> None:
    svg = draw_target(NOW.model_copy(update={"points": {85: 490, 90: 490, 900: 20}}), None, None)
    assert "points (2.0% of this file lie outside)" in texts_of(str(svg))
    assert {"85", "90"} <= set(texts_of(str(svg)))


@pytest.mark.parametrize(
    "points",
    [{88: 5}, {-(10**17): 1, 10**17: 1}, dict.fromkeys(range(5000), 1), {0: 500, 880: 500}],
)
def test_points_of_any_scale_are_drawn_with_few_bars(points: dict[int, int]) -> None:
    svg = draw_target(NOW.model_copy(update={"points": points}), THEN, None)
    assert 1 <= len(heights_of(str(svg))) <= 47


def test_prices_and_lengths_say_where_the_middle_lies() -> None:
    assert label_of(str(draw_histogram(NOW, THEN))) == (
        "Prices. In this file the middle price is 15 to 20 USD. In the reference the middle price"
        " is 0 to 5 USD."
    )
    assert label_of(str(draw_lengths(NOW, THEN))) == (
        "Length of the reviews. In this file the middle review has 10 to 15 tokens. In the"
        " reference the middle review has 120 or more tokens."
    )
    assert "tokens (the last bar: or more)" in texts_of(str(draw_lengths(NOW, THEN)))
    assert "tokens" in texts_of(str(draw_lengths(NOW, None)))


def test_nulls_are_written_beside_their_columns() -> None:
    svg = str(draw_nulls(NOW, THEN))
    assert label_of(svg) == (
        "Empty values by column. price 60.0%, in the reference 7.0%; title 20.0%."
    )
    assert [text for text in texts_of(svg) if "%" in text or text in NOW.null_fractions] == [
        "price",
        "60.0%",
        "title",
        "20.0%",
    ]


def test_names_of_columns_are_no_formulas_and_not_too_long() -> None:
    fractions = {"$x^2$ <b>": 0.5, "c" * 40: 0.25}
    svg = str(draw_nulls(NOW.model_copy(update={"null_fractions": fractions}), None))
    assert {"$x^2$ <b>", "c" * 23 + "…"} <= set(texts_of(svg))


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_side_without_values_is_left_out(name: str) -> None:
    draw = DRAWINGS[name]
    assert draw(NOTHING, None) is None
    assert draw(NOTHING, NOW) is None
    assert "reference" not in texts_of(str(draw(NOW, NOTHING)))
    assert draw(NOW, NOTHING) == draw(NOW, None)


def test_bins_of_another_kind_are_not_compared() -> None:
    other = THEN.model_copy(update={"price_bins": [1, 2], "token_bins": [3]})
    assert draw_histogram(NOW, other) == draw_histogram(NOW, None)
    assert draw_lengths(NOW, other) == draw_lengths(NOW, None)


@pytest.mark.parametrize("name", DRAWINGS)
def test_same_counts_give_the_same_bytes_in_the_pages_colours(name: str) -> None:
    svg = str(DRAWINGS[name](NOW, THEN))
    assert svg == DRAWINGS[name](NOW, THEN)
    ElementTree.fromstring(svg)  # noqa: S314 - of our own making
    assert "var(--accent" in svg
    assert "stroke: currentColor" in svg
    assert not re.search(r"#0102|#ffffff|<style|<metadata|<script", svg)


def test_pictures_of_one_page_share_no_ids() -> None:
    together = "".join(str(draw(NOW, THEN)) for draw in DRAWINGS.values())
    ids = re.findall(r'\bid="([^"]+)"', together)
    assert len(ids) == len(set(ids)) > 30


def test_nothing_is_drawn_beyond_the_pictures_edges() -> None:
    """Fixed margins must hold the labels: left of a picture nothing is seen."""
    for draw in DRAWINGS.values():
        svg = str(draw(NOW, THEN))
        places = re.findall(r"translate\((-?[\d.]+) (-?[\d.]+)\)", svg)
        assert all(float(x) >= 0 and float(y) >= 0 for x, y in places)
