"""Damages of single columns, by column."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize

from tests.data_contracts.damages.damage import (
    Damage,
    fill,
    in_turn,
    informs,
    leaves_out,
    put,
    rejects_rows,
    warns,
)

ENDLESS = "Longname " * 30
NAMES = (
    "country",
    "designation",
    "province",
    "region_1",
    "region_2",
    "taster_name",
    "title",
    "variety",
    "winery",
)
SHORT = tuple(name for name in NAMES if name not in ("designation", "winery"))
"""Names of one letter are too short in these columns."""

NEVER_EMPTY = ("country", "province", "title", "variety", "winery")
WORDS = {
    "province": "Unknown",
    "region_1": "none",
    "region_2": "TBD",
    "variety": "NULL",
    "winery": "nan",
}
FEW_NULLS, MANY_NULLS = 33, 3
"""Each how many texts lose a value."""

MISREAD: dict[str, tuple[str, ...]] = dict.fromkeys((*NAMES, "taster_twitter_handle"), ()) | {
    "country": ("country_pattern",),
    "taster_twitter_handle": ("taster_twitter_handle_pattern",),
    "winery": ("title_names_winery",),
}
"""By column of strings that the model does not read, what else it breaks to add √© to all of it."""


def misread(text: str) -> str:
    """Add an é that was read in a wrong encoding."""
    return text + " é".encode().decode("mac_roman")


def named(names: Iterable[str], kind: str) -> list[str]:
    """Name the rules of a kind for some columns."""
    return [f"{name}_{kind}" for name in names]


COLUMNS: dict[str, Damage] = {
    # several columns
    "names endless": warns("title_length", in_turn(*(put(n, ENDLESS, 1) for n in NAMES)), *named(NAMES, "length")),
    "names of a letter": warns("title_length", in_turn(*(put(n, "X", 1) for n in SHORT)), *named(SHORT, "length"), "country_pattern"),
    "names empty now and then": warns("title_nulls", in_turn(*(put(n, "", nth=FEW_NULLS) for n in NEVER_EMPTY)), *named(NEVER_EMPTY, "nulls")),
    "names unknown, in words": warns("variety_placeholders", in_turn(*(put(n, word, 1) for n, word in WORDS.items())), *named(WORDS, "placeholders")),
    **{f"{name} in a wrong encoding everywhere": rejects_rows(f"{name}_misread", put(name, misread, nth=1), f"{name}_mojibake", *also) for name, also in MISREAD.items()},
    "variety in a wrong encoding now and then": warns("variety_mojibake", put("variety", misread)),
    # review_index
    "index is a word": leaves_out("review_index_type", put("review_index", "seven", 1)),
    "index has a fraction": leaves_out("review_index_type", put("review_index", lambda n: f"{n}.5")),
    "index is empty": leaves_out("review_index_required", put("review_index", "")),
    "index is empty everywhere": rejects_rows("review_index_required", put("review_index", "", nth=1), "nulls_near_last", "points_not_sorted"),
    "index past 64 bits": leaves_out("review_index_type", put("review_index", "9" * 30, 1)),
    # country
    "country in lower case": warns("country_pattern", put("country", str.lower), "province_in_one_country"),
    "country None": warns("country_placeholders", put("country", "None", 1), "province_in_one_country"),
    "country N/A": warns("country_placeholders", put("country", "N/A", nth=40), "country_pattern", "province_in_one_country"),
    "one country everywhere": warns("country_variety", put("country", "Italy", nth=1)),
    "country with a region's name": warns("province_in_one_country", put("country", "Mock Hills", 1)),
    # designation
    "designation mostly empty": warns("designation_nulls", put("designation", "", nth=MANY_NULLS), "nulls_near_last"),
    "designation N/A instead of empty": warns("designation_placeholders", fill("designation", "N/A"), "nulls_near_last"),
    # points
    "points in words": leaves_out("points_type", put("points", "eighty-eight")),
    "points with a fraction": leaves_out("points_type", put("points", lambda p: f"{p}.5")),
    "points as words everywhere": rejects_rows("points_type", put("points", "ninety", nth=1), "nulls_near_last", "points_mean", "points_spread", "points_values", "points_against_last", "points_against_champion", "points_far_from_champion", "points_not_sorted", "points_follow_price", "description_length_and_points_near_last"),
    "points empty": leaves_out("points_required", put("points", "")),
    "points just below the scale": leaves_out("points_range", put("points", "79")),
    "points just above the scale": leaves_out("points_range", put("points", "101")),
    "points negative": leaves_out("points_range", put("points", lambda p: f"-{p}")),
    "points with a digit too many": leaves_out("points_range", put("points", lambda p: f"{p}0", 1)),
    # price
    "price with a currency": warns("price_type", put("price", lambda p: f"${p}")),
    "price with a decimal comma": warns("price_type", put("price", lambda p: p.replace(".0", ",00"))),
    "price infinite": warns("price_type", put("price", "inf", 1)),
    "price in words everywhere": warns("price_type", put("price", "twenty", nth=1), "price_nulls", "nulls_near_last", "price_median", "points_follow_price", "price_near_last"),
    "price of 0": warns("price_range", put("price", "0", 1)),
    "price negative": warns("price_range", put("price", "-1", 1)),
    "price past the dearest bottle": warns("price_range", put("price", "10000.01", 1)),
    "price empty too often": warns("price_nulls", put("price", "", nth=10)),
    # province
    "province in another country": warns("province_in_one_country", put("province", "Terra Finta"), "region_1_in_one_province"),
    # regions
    "region empty too often": warns("region_1_nulls", put("region_1", "", nth=4), "nulls_near_last"),
    "region in another province": warns("region_1_in_one_province", put("region_1", "Mock Hills")),
    "province with its accents apart in half of the rows": warns("region_1_in_one_province", put("province", lambda p: normalize("NFD", p), nth=2)),
    "inner region empty too often": warns("region_2_nulls", put("region_2", "", nth=2), "nulls_near_last"),
    "inner region always given": warns("nulls_near_last", put("region_2", "Upper Nowhere", nth=1)),
    # tasters
    "taster ?": warns("taster_name_placeholders", fill("taster_name", "?"), "taster_name_length", "nulls_near_last"),
    "taster empty too often": warns("taster_name_nulls", put("taster_name", "", nth=4), "nulls_near_last"),
    "handle without its @": warns("taster_twitter_handle_pattern", put("taster_twitter_handle", lambda h: h.removeprefix("@"))),
    "handle empty too often": warns("taster_twitter_handle_nulls", put("taster_twitter_handle", "", nth=5), "nulls_near_last"),
    "handle of another taster": informs("taster_twitter_handle_of_one_taster", put("taster_twitter_handle", "@demo_ada", 60)),
    "handle of everybody": informs("taster_twitter_handle_of_one_taster", put("taster_twitter_handle", lambda _: "@example", nth=1)),
    # title and winery
    "title of another winery": warns("title_names_winery", put("title", lambda t: f"Estate {t.split(maxsplit=2)[2]}", nth=50)),
    "title without a vintage": informs("title_vintage", put("title", lambda t: t.replace(" 20", " "), nth=6)),
    "winery of another wine": warns("title_names_winery", put("winery", "Quinta Elsewhere", nth=50)),
}  # fmt: skip
