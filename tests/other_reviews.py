"""Made-up reviews of other things than wine, in files with other columns and scales."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

GOOD, BAD = ("lovely", "fresh", "superb", "warm"), ("dull", "stale", "broken", "cold")
THINGS = ("room", "crust", "ending", "handle", "view", "sauce", "plot", "cable")
GERMAN = ("Das Zimmer war {} und die Aussicht ist {} für den Preis.", ("herrlich", "trüb", "laut"))


class Reviews(NamedTuple):
    """A file of reviews.

    Attributes:
        header: the names of its columns.
        rows: the fields, empty where nothing was given.
        text: name of the column with the text.
        target: name of the column with the score.
    """

    header: list[str]
    rows: list[list[str]]
    text: str
    target: str

    def table(self) -> pa.Table:
        """The rows as the reader of CSV returns them."""
        columns = [[row[i] or None for row in self.rows] for i in range(len(self.header))]
        arrays = [pa.chunked_array([pa.array(column, pa.string())]) for column in columns]
        return pa.table(arrays, names=[str(i) for i in range(len(arrays))])


def write_text(chance: random.Random, quality: float) -> str:
    """Write a sentence or two that praise a thing the more, the better it is."""
    words = [
        f"the {chance.choice(THINGS)} was"
        f" {chance.choice(GOOD if chance.random() < quality else BAD)}"
        for _ in range(chance.randint(8, 14))
    ]
    return f"In short, {', and '.join(words)}."


def make_reviews(
    score: Callable[[random.Random, float], str],
    rows: int = 400,
    text: str = "text",
    target: str = "stars",
    seed: int = 0,
) -> Reviews:
    """Make reviews with a score that follows from the quality of a thing, from 0 to 1.

    The first two have the lowest and the highest quality.
    """
    chance = random.Random(seed)
    made = []
    for number in range(rows):
        quality = float(number) if number < 2 else chance.betavariate(3, 1.5)
        city = chance.choice(("Köln", "Lyon", "Porto"))
        price = f"{chance.lognormvariate(3, 1.5):.2f}"
        body = write_text(chance, quality)
        made.append(
            [
                str(number),
                city,
                price if chance.random() < 0.9 else "",
                body,
                score(chance, quality),
            ]
        )
    return Reviews(["id", "größe", "100g", text, target], made, text, target)


def stars_with_decimals(_: random.Random, quality: float) -> str:
    """1 to 5 stars with one decimal."""
    return f"{1 + 4 * quality:.1f}"


def halves(_: random.Random, quality: float) -> str:
    """0 to 10 in halves."""
    return f"{round(20 * quality) / 2:g}"


def measured(_: random.Random, quality: float) -> str:
    """A number without a step."""
    return f"{1000 * quality:.6f}"


def with_gaps(chance: random.Random, quality: float) -> str:
    """1 to 5 whole stars; some are not given."""
    return "" if chance.random() < 0.03 else str(1 + round(4 * quality))


def write_csv(reviews: Reviews, path: Path) -> Path:
    """Write a file of reviews."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([reviews.header, *reviews.rows])
    return path
