"""Damages that no single row shows: of distributions, and of what belongs together."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd

from data_contracts.profile import References
from tests.data_contracts.damages.damage import (
    Damage,
    all_rows,
    alone,
    ambiguous_rows,
    demo_csv,
    frame,
    in_turn,
    leaves_out,
    put,
    read_frame,
    rejects,
    rejects_rows,
    rewrite,
    warns,
)
from tests.data_contracts.damages.delivery import profile_csv

AGAINST = ("points_against_last", "points_against_champion")
FAR = (*AGAINST, "points_far_from_champion")
CONSTANT = ("points_follow_price", "points_not_sorted")
"""What has no value where all points are the same or none is given."""

NO_POINTS = ("points_mean", "points_spread", "points_values", *FAR, *CONSTANT)
NO_PROSE = (
    *("description_language", "description_language_strays", "description_ends", "description_cut"),
    *("description_repeats", "description_copies", "description_one_points"),
    *("description_vocabulary_last", "description_vocabulary_champion"),
    "description_vocabulary_foreign",
)


def number(change: Callable[[float], float]) -> Callable[[str], str]:
    """Change a number that is written as a text."""
    return lambda text: str(change(float(text)))


def points(change: Callable[[int], int]) -> Callable[[bytes], bytes]:
    """Change all points."""
    return put("points", lambda text: str(change(int(text))), nth=1)


def shuffled(values: pd.Series) -> list[str]:
    return Random(0).sample(list(values), len(values))


def off_by(step: int) -> Callable[[pd.DataFrame], pd.Series]:
    """Move 2 % of the points, those that stay on the scale."""

    def change(reviews: pd.DataFrame) -> pd.Series:
        moved = reviews["points"].astype(int) + step
        where = pd.Series(reviews.index % 50 == 7, index=reviews.index) & moved.between(80, 100)
        return reviews["points"].mask(where, moved.astype("str"))

    return change


def sorted_by_points(reviews: pd.DataFrame) -> pd.DataFrame:
    ranked = reviews.assign(rank=reviews["points"].astype(int)).sort_values("rank", kind="stable")
    return ranked.drop(columns="rank").assign(review_index=reviews["review_index"].to_numpy())


def swap(left: str, right: str) -> Callable[[bytes], bytes]:
    """Swap the values of two columns under an intact header."""
    return frame(lambda r: r.assign(**{left: r[right], right: r[left]}))


def off_the_scale(before: bytes, after: bytes) -> set[int]:
    """Find the rows whose points are none."""
    given = pd.to_numeric(read_frame(after)["points"])
    return {*given.index[~given.between(80, 100)]}


def texts_of_another_country(reviews: pd.DataFrame) -> pd.Series:
    """Put French texts into the Italian rows, again and again."""
    italian = reviews["country"] == "Italy"
    french = reviews.loc[reviews["country"] == "France", "description"].tolist()
    chosen = [french[i % len(french)] for i in range(int(italian.sum()))]
    changed = reviews["description"].copy()
    changed[italian] = chosen
    return changed


def late_texts(reviews: pd.DataFrame) -> pd.Series:
    """Move all texts one row on, as when a line was lost in one column."""
    return reviews["description"].to_numpy()[np.arange(len(reviews)) - 1]


def without_repeats(reviews: pd.DataFrame) -> pd.DataFrame:
    """Take out what repeats a text, and make better wines have longer texts, as in real reviews."""
    single = reviews.drop_duplicates("description")
    more = [" The finish is long." * ((int(p) - 80) // 2) for p in single["points"]]
    return single.assign(description=single["description"] + more)


def like_without_repeats(references: References) -> References:
    """Say that the last file had no repeats either, and as long texts."""
    profile = profile_csv(frame(without_repeats)(demo_csv()))
    return references | {"last": references["last"]._replace(profile=profile)}


def misplaced(column: str, change: Callable[[pd.DataFrame], object], *also: str) -> Damage:
    """Say that the lengths of the texts show what stands in rows of other wines."""
    make = in_turn(frame(without_repeats), rewrite(column, change))
    damage = warns("description_length_and_points_near_last", make, *also)
    return damage._replace(compared=like_without_repeats)


def off_a_repeated_row(reviews: pd.DataFrame) -> pd.Series:
    """Write points off the scale into one of two rows with the same text."""
    first = reviews.index == reviews["description"].duplicated().idxmax()
    return reviews["points"].mask(first, "880")


DISTRIBUTIONS: dict[str, Damage] = {
    # points
    "points all the same": rejects("points_spread", put("points", "88", nth=1), "points_values", *FAR, *CONSTANT, "description_length_and_points_near_last"),
    "points mostly the same": warns("points_against_last", put("points", "88", nth=4), "points_against_champion"),
    "points of the best only": rejects("points_mean", points(lambda p: min(p + 5, 100)), *FAR),
    "points of the worst only": rejects("points_mean", points(lambda p: max(p - 6, 80)), *FAR),
    "points at the ends": rejects("points_spread", points(lambda p: 80 if p < 89 else 100), "points_values", *FAR),
    "points of the best only, at first": rejects("points_mean", points(lambda p: min(p + 5, 100)))._replace(compared=alone),
    "points all the same, at first": rejects("points_spread", put("points", "88", nth=1), "points_values", *CONSTANT)._replace(compared=alone),
    "points in steps of five": rejects("points_far_from_champion", points(lambda p: 5 * round(p / 5)), "points_values", *AGAINST),
    "points one step up": warns("points_against_champion", points(lambda p: min(p + 1, 100)), "points_against_last"),
    "points from 0 to 20": rejects_rows("points_range", points(lambda p: p - 80), "points_mean", "points_spread", *FAR),
    "points as stars": rejects_rows("points_range", points(lambda p: p // 20), "points_mean", "points_spread", "points_values", *FAR, *CONSTANT, "description_length_and_points_near_last"),
    "points turned round": rejects("points_far_from_champion", points(lambda p: 180 - p), *AGAINST, "points_follow_price"),
    "points off the scale beside a twin's": leaves_out("points_range", rewrite("points", off_a_repeated_row)),
    # Seen, by the texts that are repeated, and not mended: most of these rows stay in.
    "2 % of the points ten up": leaves_out("description_one_points", rewrite("points", off_by(10)))._replace(left_out=ambiguous_rows),
    "2 % of the points ten down": leaves_out("description_one_points", rewrite("points", off_by(-10)))._replace(left_out=ambiguous_rows),
    "points shuffled among the rows": rejects("description_one_points", rewrite("points", lambda r: shuffled(r["points"])), "points_follow_price")._replace(left_out=ambiguous_rows),
    "rows sorted by points, numbered anew": warns("points_not_sorted", frame(sorted_by_points)),
    # prices
    "prices in cents": warns("price_median", put("price", number(lambda p: 100 * p), nth=1), "price_range", "price_near_last"),
    "prices in thousands": warns("price_median", put("price", number(lambda p: p / 1000), nth=1), "price_near_last"),
    "prices a third up": warns("price_near_last", put("price", number(lambda p: round(1.33 * p)), nth=1)),
    "prices all 0": warns("price_range", put("price", "0", nth=1), "price_median", "points_follow_price", "price_near_last"),
    "prices all the same": warns("points_follow_price", put("price", "20", nth=1), "price_near_last"),
    "prices shuffled among the rows": warns("points_follow_price", rewrite("price", lambda r: shuffled(r["price"]))),
    # what belongs together
    "texts of one country in another": rejects("description_one_points", rewrite("description", texts_of_another_country), "description_repeats")._replace(left_out=ambiguous_rows),
    "texts one row late": rejects("description_one_points", rewrite("description", late_texts))._replace(left_out=ambiguous_rows),
    "texts one row late, without repeats": misplaced("description", late_texts),
    "texts shuffled among the rows, without repeats": misplaced("description", lambda r: shuffled(r["description"])),
    "points shuffled among the rows, without repeats": misplaced("points", lambda r: shuffled(r["points"]), "points_follow_price"),
    "regions shuffled among the rows": warns("region_1_in_one_province", rewrite("region_1", lambda r: shuffled(r["region_1"]))),
    "countries shuffled among the rows": warns("province_in_one_country", rewrite("country", lambda r: shuffled(r["country"]))),
    "wineries shuffled among the rows": warns("title_names_winery", rewrite("winery", lambda r: shuffled(r["winery"]))),
    "a variety for each second wine": warns("variety_repeats", rewrite("variety", lambda r: [f"Blend {i // 2}" for i in r.index])),
    # columns swapped with their neighbours, under an intact header
    "index and country swapped": rejects_rows("review_index_type", swap("review_index", "country"), "nulls_near_last", "country_pattern", "country_length", "country_variety", "province_in_one_country", "points_not_sorted"),
    "country and text swapped": rejects_rows("description_length", swap("country", "description"), "country_length", "country_pattern", "country_variety", "province_in_one_country", *NO_PROSE, "description_lengths_near_last"),
    "text and designation swapped": rejects_rows("description_required", swap("description", "designation"), "nulls_near_last", "description_length", "designation_length", *NO_PROSE, "description_lengths_near_last")._replace(left_out=all_rows),
    "designation and points swapped": rejects_rows("points_type", swap("designation", "points"), "points_required", "nulls_near_last", *NO_POINTS, "description_length_and_points_near_last"),
    "points and price swapped": rejects_rows("points_range", swap("points", "price"), "points_required", *FAR, "price_median", "price_near_last")._replace(left_out=off_the_scale),
    "price and province swapped": warns("price_type", swap("price", "province"), "nulls_near_last", "price_nulls", "price_median", "points_follow_price", "province_nulls", "province_in_one_country", "region_1_in_one_province", "price_near_last"),
    "province and region swapped": warns("province_nulls", swap("province", "region_1"), "nulls_near_last"),
    "both regions swapped": warns("nulls_near_last", swap("region_1", "region_2"), "region_1_nulls"),
    "inner region and taster swapped": warns("taster_name_nulls", swap("region_2", "taster_name"), "nulls_near_last", "taster_twitter_handle_of_one_taster"),
    "taster and handle swapped": warns("taster_twitter_handle_pattern", swap("taster_name", "taster_twitter_handle")),
    "handle and title swapped": warns("title_nulls", swap("taster_twitter_handle", "title"), "nulls_near_last", "taster_twitter_handle_pattern", "title_names_winery", "title_vintage"),
    "title and variety swapped": warns("title_names_winery", swap("title", "variety"), "title_vintage", "variety_repeats"),
    "variety and winery swapped": warns("title_names_winery", swap("variety", "winery")),
}  # fmt: skip
