"""The pictures of distributions: what they say, what they show, and when there is none."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable

import pytest

from data_contracts.bands import name_bands
from data_contracts.dataset import Column, Target
from data_contracts.profile import Profile
from tasks.pages.distributions import draw_histogram, draw_lengths, draw_nulls, draw_target
from tasks.pages.drawing import WIDTH_INCHES
from tests.contracts import POINTS, SHARE
from tests.tasks.pages.profiles import NOTHING, NOW, PRICE, THEN
from tests.tasks.pages.test_figures import label_of, texts_of

STARS = Target(name="stars", unit="", minimum=1, maximum=5, step=0.5)


def draw_points(now: Profile, last: Profile | None, champion: Profile | None) -> str | None:
    return draw_target(POINTS, now, last, champion)


def draw_prices(now: Profile, last: Profile | None) -> str | None:
    return draw_histogram(PRICE, now, last)


DRAWINGS: dict[str, Callable[[Profile, Profile | None], str | None]] = {
    "points": lambda now, then: draw_points(now, then, then),
    "prices": lambda now, then: draw_prices(now, then),
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
    svg = draw_points(NOW, THEN, NOW)
    assert svg is not None
    assert label_of(svg) == (
        "points. This file has a mean of 87.800, and most often 88. The reference has a mean of"
        " 85.000, and most often 84. The champion has a mean of 87.800, and most often 88."
    )
    assert {"this file", "reference", "champion", "points", "86", "60%"} <= set(texts_of(svg))


def test_bars_are_shares_whatever_the_size_of_the_file() -> None:
    alone = draw_points(NOW, None, None)
    tenfold = draw_points(
        NOW.model_copy(update={"target_counts": {85: 20, 88: 60, 90: 20}}), None, None
    )
    assert alone == tenfold
    heights = [height for height in heights_of(str(alone)) if height]
    assert [round(height / heights[0], 3) for height in heights] == [1, 3, 1]


def test_a_few_points_on_another_scale_do_not_squeeze_the_rest() -> None:
    svg = draw_points(
        NOW.model_copy(update={"target_counts": {85: 490, 90: 490, 900: 20}}), None, None
    )
    assert "points (2.0% of this file lie outside)" in texts_of(str(svg))
    assert {"85", "90"} <= set(texts_of(str(svg)))


@pytest.mark.parametrize(
    "points",
    [{88: 5}, {-(10**17): 1, 10**17: 1}, dict.fromkeys(range(5000), 1), {0: 500, 880: 500}],
)
def test_points_of_any_scale_are_drawn_with_few_bars(points: dict[int, int]) -> None:
    svg = draw_points(NOW.model_copy(update={"target_counts": points}), THEN, None)
    assert 1 <= len(heights_of(str(svg))) <= 47


def test_prices_and_lengths_say_where_the_middle_lies() -> None:
    assert label_of(str(draw_prices(NOW, THEN))) == (
        "price. In this file the middle value is 15 to under 20 USD. In the reference the middle"
        " value is under 5 USD."
    )
    assert label_of(str(draw_lengths(NOW, THEN))) == (
        "Length of the reviews. In this file the middle review has 10 to under 15 tokens. In"
        " the reference the middle review has 120 tokens or more."
    )
    assert "tokens, 5 to a bar (the last bar: or more)" in texts_of(str(draw_lengths(NOW, THEN)))
    assert "tokens, 5 to a bar" in texts_of(str(draw_lengths(NOW, None)))


def test_a_target_with_a_step_is_drawn_in_its_units() -> None:
    counts = NOW.model_copy(update={"target_counts": {4: 1, 5: 2, 9: 1}})
    svg = str(draw_target(STARS, counts, None, None))
    assert label_of(svg) == "stars. This file has a mean of 2.875, and most often 2.5."
    assert {"stars", "2.0", "4.5"} <= set(texts_of(svg))


def test_a_target_without_a_step_is_drawn_in_bins() -> None:
    counts = NOW.model_copy(update={"target_counts": {0: 1, 20: 3, 40: 1}})
    svg = str(draw_target(SHARE, counts, None, None))
    assert label_of(svg) == "share. This file has a mean of 0.500, and most often 0.5."
    assert {"share", "0.0", "1.0"} <= set(texts_of(svg))


@pytest.mark.parametrize(
    ("counts", "middle"),
    [
        ([1, 0, 0, 0], "under -5 cm"),
        ([0, 1, 0, 0], "-5 to under 0 cm"),
        ([0, 0, 1, 0], "0 to under 1,500,000 cm"),
        ([0, 0, 0, 1], "1,500,000 cm or more"),
    ],
)
def test_a_histogram_has_the_edges_of_its_column(counts: list[int], middle: str) -> None:
    edges = (-5.0, 0.0, 1_500_000.0)
    column = Column(name="größe", edges=edges, histogram_edges=edges, unit="cm")
    now = NOW.model_copy(update={"histograms": {"größe": counts}})
    svg = str(draw_histogram(column, now, None))
    assert label_of(svg) == f"größe. In this file the middle value is {middle}."
    assert texts_of(svg)[::2] == name_bands(edges)
    assert texts_of(svg)[1::2] == ["100%" if count else "0%" for count in counts]


@pytest.mark.parametrize("edge", [2, 123_456_789.012345, -1.23456789012345e-300])
def test_each_bar_is_named_however_many_and_long_the_names_are(edge: float) -> None:
    edges = tuple(edge + n * abs(edge) / 8 for n in range(40))
    column = Column(name="n", edges=edges, histogram_edges=edges)
    svg = str(draw_histogram(column, NOW.model_copy(update={"histograms": {"n": [1] * 41}}), None))
    names = re.findall(r'<text style="font-size: ([\d.]+)px[^"]*text-anchor: end[^>]*>([^<]+)', svg)
    assert [name for _, name in names] == name_bands(edges)
    (width,) = re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"', svg)
    assert float(width) > 0.1 * 72 * WIDTH_INCHES
    digits_points = 0.64 * max(float(size) * len(name) for size, name in names)
    assert digits_points + float(width) < 72 * WIDTH_INCHES


@pytest.mark.parametrize("name", ['a "b" <c> & d', "$^$ of $^$", "x y", "größe"])
def test_a_name_may_hold_any_character(name: str) -> None:
    column = Column(name=name, edges=(1,), histogram_edges=(1,), unit="$")
    now = NOW.model_copy(update={"histograms": {name: [1, 2]}, "null_fractions": {name: 0.5}})
    target = STARS.model_copy(update={"name": name, "unit": "$"})
    histogram = draw_histogram(column, now, None)
    assert name in label_of(str(histogram))
    drawn = draw_target(target, now, None, None), draw_nulls(now, None)
    assert all(name in " ".join(texts_of(str(svg))) for svg in drawn)
    for svg in (histogram, *drawn):
        assert not re.search(r'\bid="[^"]*[^\w".-]', str(svg))


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
    other = THEN.model_copy(update={"histograms": {"price": [1, 2]}, "token_bins": [3]})
    assert draw_prices(NOW, other) == draw_prices(NOW, None)
    assert draw_lengths(NOW, other) == draw_lengths(NOW, None)
    without = THEN.model_copy(update={"histograms": {}})
    assert draw_prices(NOW, without) == draw_prices(NOW, None)


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
