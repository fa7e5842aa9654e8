"""Damages of the texts that the model reads, in a few rows, in many and in all of them."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from random import Random

import pandas as pd

from tests.data_contracts.damages.damage import (
    Damage,
    ambiguous_rows,
    copies_past,
    frame,
    informs,
    leaves_out,
    put,
    read_frame,
    rejects,
    rejects_rows,
    rewrite,
    some,
    warns,
)

ALL, MANY = 1, 20
UNKNOWN = ("description_vocabulary_last", "description_vocabulary_champion")
FOREIGN = (*UNKNOWN, "description_vocabulary_foreign")
NO_ENGLISH = ("description_language_strays",)


def _phrases(text: str) -> list[str]:
    return text.split("|")


GERMAN = _phrases(
    "Der Gaumen wirkt fest und hell.|Reife Früchte, dazu etwas Rauch.|Ein kräftiger Wein.|"
    "Die Säure bleibt frisch bis zum Schluss.|Kaum Tiefe, aber sauber.|Noten von Pflaume und Zeder."
)
FRENCH = _phrases(
    "La bouche est ferme et longue.|Des arômes de prune et de cèdre.|Un vin généreux mais fatigué.|"
    "La finale reste fraîche, presque vive.|Jamais lourd, toujours net.|Une texture soyeuse."
)
LATIN = _phrases(
    "Lorem ipsum dolor sit amet.|Consectetur adipiscing elit.|Sed do eiusmod tempor incididunt.|"
    "Ut labore et dolore magna aliqua.|Duis aute irure dolor in voluptate.|Excepteur sint occaecat."
)
MINUTES = _phrases(
    "The committee met on a Tuesday and adjourned its session.|This invoice was sent to accounting.|"
    "Parking for visitors moved to another building.|Please restart your router and call support.|"
    "The quarterly budget was approved by shareholders.|Our museum opens its doors for students."
)
LOOK_ALIKES = str.maketrans("aceopx", "асеорх")
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


def sentences(stock: list[str]) -> Callable[[str], str]:
    """Make texts of sentences of a stock, another one for each text that it replaces."""

    def make(text: str) -> str:
        chosen = Random(text).choices(stock, k=8)
        return " ".join(chosen)

    return make


def garble(text: str, encoding: str = "cp1252") -> str:
    """Read a text that begins with accents in a wrong encoding."""
    return f"Café, très élégant. {text}".encode().decode(encoding)


def repeat_texts(reviews: pd.DataFrame) -> pd.DataFrame:
    """Put into each sixth row the wine of the row before it."""
    late = reviews.index[5::6]
    changed = reviews.copy()
    changed.loc[late] = reviews.loc[late - 1].to_numpy()
    return changed.assign(review_index=reviews["review_index"])


def with_points(wording: str) -> Callable[[pd.DataFrame], list[str]]:
    """Put each text and its points into a wording."""
    return lambda reviews: [
        wording.format(text=text, points=points)
        for text, points in zip(reviews["description"], reviews["points"], strict=True)
    ]


def in_other_words(reviews: pd.DataFrame) -> pd.Series:
    """Give the points away in one of three wordings, the same for the same text."""
    wordings = ["{text} Rating: {points}.", "{text} ({points})", "{points} {text}"]
    worded = [with_points(wording)(reviews) for wording in wordings]
    codes = reviews["description"].factorize()[0]
    return pd.Series([worded[code % 3][row] for row, code in enumerate(codes)], reviews.index)


def second_half(text: str) -> str:
    words = text.split()
    return " ".join(words[len(words) // 2 :])


def unfinished_rows(before: bytes, after: bytes) -> set[int]:
    """Find the rows whose text ends within a sentence."""
    texts = read_frame(after)["description"]
    return {row for row, text in texts.items() if text.rstrip()[-1] not in ".!?"}


def copy_one(times: int) -> Callable[[bytes], bytes]:
    """Make a wine that stands once stand `times` times."""

    def change(reviews: pd.DataFrame) -> pd.DataFrame:
        where = some(reviews, times)
        wine = reviews[where].iloc[0].drop("review_index")
        changed = reviews.copy()
        changed.loc[where, wine.index] = wine.to_numpy()
        return changed

    return frame(change)


def other_points(reviews: pd.DataFrame) -> pd.Series:
    """Give another row's text points of its own."""
    repeated = reviews["description"].duplicated()
    first = reviews.index == repeated.idxmax()
    return reviews["points"].mask(
        first, reviews["points"].map(lambda p: "81" if p != "81" else "82")
    )


TEXTS: dict[str, Damage] = {
    # nothing to read
    "text empty": leaves_out("description_required", put("description", "")),
    "text empty in 2 % of the rows": rejects_rows("description_required", put("description", "", nth=50), "description_lengths_near_last"),
    "text of spaces": leaves_out("description_has_a_token", put("description", " " * 20, 1)),
    "text of punctuation": leaves_out("description_has_a_token", put("description", "!!! ??? ... --- ***", 1)),
    "text of four letters": leaves_out("description_length", put("description", "Fine", 1)),
    "text of a chapter": leaves_out("description_length", put("description", lambda t: " ".join([t] * 60))),
    # read or written wrongly
    "text in a wrong encoding": leaves_out("description_mojibake", put("description", garble)),
    "text in a wrong encoding everywhere": rejects_rows("description_mojibake", put("description", garble, nth=ALL), *UNKNOWN, "description_lengths_near_last"),
    "text read as Mac Roman": leaves_out("description_mojibake", put("description", lambda t: garble(t, "mac_roman"))),
    "text read as Mac Roman everywhere": rejects_rows("description_mojibake", put("description", lambda t: garble(t, "mac_roman"), nth=ALL), *UNKNOWN, "description_lengths_near_last"),
    "text in a wrong encoding twice": leaves_out("description_mojibake", put("description", lambda t: garble(garble(t)))),
    "text that lost letters now and then": warns("description_lost_letters", put("description", lambda t: t.replace("i", "?"), nth=100)),
    "text that lost letters in a tenth": rejects_rows("description_lossy", put("description", lambda t: t.replace("i", "?", 3), nth=10), "description_lost_letters"),
    "text with replacement characters": leaves_out("description_mojibake", put("description", lambda t: t.replace("e", "\ufffd"))),
    "text with a backspace": leaves_out("description_control_characters", put("description", lambda t: t.replace(" ", " \b", 1))),
    "text with C1 controls": leaves_out("description_control_characters", put("description", lambda t: t.replace(" ", "\x92 ", 1)), "description_mojibake"),
    "text with soft hyphens": warns("description_invisible_characters", put("description", lambda t: t.replace("la", "l\xada"), 9)),
    "text with zero-width spaces": warns("description_invisible_characters", put("description", lambda t: t.replace(" ", "\u200b ", 1), nth=MANY)),
    "text with zero-width spaces in each word": rejects("description_vocabulary_foreign", put("description", lambda t: t.replace(" ", "\u200b "), nth=ALL), "description_invisible_characters", *UNKNOWN),
    "text with no-break spaces alone": rejects("description_vocabulary_foreign", put("description", lambda t: t.replace(" ", "\xa0"), nth=ALL), "description_words", *UNKNOWN, "description_lengths_near_last"),
    "text with tags": leaves_out("description_markup", put("description", lambda t: f"<p>{t}</p>")),
    "text with entities": leaves_out("description_markup", put("description", lambda t: html.escape(f"{t} Fruit & nut."))),
    "text with numbered entities": leaves_out("description_markup", put("description", lambda t: t.replace(",", "&#44;", 1) + "&#x2e;")),
    "text with a line end that Excel escaped": warns("description_escapes", put("description", lambda t: f"{t}_x000D_", 1)),
    "text with a web address": warns("description_links", put("description", lambda t: f"{t} See www.example.org.", 1)),
    "text with a link in Markdown": warns("description_links", put("description", lambda t: f"[{t}](wine.html).", 1)),
    "text that a spreadsheet runs": warns("description_formulas", put("description", lambda t: f"=SUM(A1) {t}", 1)),
    "text with Cyrillic letters": leaves_out("description_look_alikes", put("description", lambda t: t.translate(LOOK_ALIKES)), *NO_ENGLISH),
    "text with Cyrillic letters everywhere": rejects_rows("description_look_alikes", put("description", lambda t: t.translate(LOOK_ALIKES), nth=ALL), "description_language", *NO_ENGLISH, *FOREIGN),
    "text in full-width letters": leaves_out("description_look_alikes", put("description", lambda t: t.translate(FULL_WIDTH), 1)),
    "text with an endless word": warns("description_words", put("description", lambda t: f"{'a' * 41} {t}", 1)),
    "text in base64": rejects_rows("description_language", put("description", lambda t: base64.b64encode(t.encode()).decode(), nth=ALL), *NO_ENGLISH, "description_words", "description_ends", "description_cut", *FOREIGN, "description_lengths_near_last"),
    # cut, repeated, put together
    "text cut now and then": warns("description_ends", put("description", lambda t: t[:100], nth=MANY), "description_lengths_near_last"),
    "text cut at 100 characters": rejects("description_cut", put("description", lambda t: t[:100], nth=ALL), "description_ends", "description_length_and_points_near_last", "description_lengths_near_last")._replace(left_out=unfinished_rows),
    "text cut to its second half": warns("description_lengths_near_last", put("description", second_half, nth=ALL)),
    "header in the middle": leaves_out("description_not_header", frame(lambda r: r.assign(**{c: r[c].mask(r.index == 1000, "" if c == "review_index" else c) for c in r})), "description_length", "review_index_required", "country_pattern", "points_type", "price_type", "taster_twitter_handle_pattern"),
    "a sixth of the wines twice": warns("description_repeats", frame(repeat_texts)),
    "one review 13 times": leaves_out("description_copies", copy_one(13))._replace(left_out=copies_past(12)),
    "one review 500 times": rejects("description_copies", copy_one(500), "description_repeats", "points_against_last", "points_against_champion", "nulls_near_last", "taster_name_nulls", "taster_twitter_handle_nulls", "description_length_and_points_near_last", "description_lengths_near_last", "price_near_last")._replace(left_out=copies_past(12)),
    "one sentence for 2 % of the texts": rejects_rows("description_one_points", put("description", "A review of this wine is to follow.", nth=50), "description_copies", "description_lengths_near_last")._replace(left_out=lambda before, after: ambiguous_rows(before, after) | copies_past(12)(before, after)),
    "one review with two points": leaves_out("description_one_points", rewrite("points", other_points))._replace(left_out=ambiguous_rows),
    # other texts
    "text in German": rejects_rows("description_language", put("description", sentences(GERMAN), nth=ALL), *NO_ENGLISH, *FOREIGN, "description_lengths_near_last"),
    "text in French": rejects_rows("description_language", put("description", sentences(FRENCH), nth=ALL), *NO_ENGLISH, *FOREIGN, "description_lengths_near_last"),
    "text in German now and then": warns("description_language_strays", put("description", sentences(GERMAN), nth=30)),
    "text in German in a tenth": rejects_rows("description_language", put("description", sentences(GERMAN), nth=10), *NO_ENGLISH, *UNKNOWN),
    "text of lorem ipsum": rejects_rows("description_language", put("description", sentences(LATIN), nth=ALL), *NO_ENGLISH, *FOREIGN, "description_lengths_near_last"),
    "text of other things": rejects("description_vocabulary_foreign", put("description", sentences(MINUTES), nth=ALL), *UNKNOWN, "description_lengths_near_last"),
    "text of other things in a tenth": warns("description_vocabulary_champion", put("description", sentences(MINUTES), nth=8), "description_vocabulary_last", "description_lengths_near_last"),
    # the answer stands in it
    "text names its points now and then": informs("description_names_points", put("description", lambda t: f"{t} A wine of 93 points.", 9)),
    "text names its points everywhere": rejects_rows("description_gives_points_away", rewrite("description", with_points("{text} A wine of {points} points.")), "description_names_points", *UNKNOWN, "description_lengths_near_last"),
    "text names its points in other words": rejects_rows("description_gives_points_away", rewrite("description", in_other_words)),
    "text names its points in 3 % of the rows": rejects_rows("description_gives_points_away", rewrite("description", lambda r: r["description"].where(r["description"].factorize()[0] % 33 > 0, pd.Series(with_points("{text} Score {points}/100.")(r), r.index))), "description_names_points"),
}  # fmt: skip
