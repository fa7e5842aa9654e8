"""Made-up wine reviews, so that a first run needs no download and no account.

The points depend on the words and on their order: a denial reverses the worth of all words in the
list after it ("not firm, bright and generous, but thin and tired"). Counts of words and bigrams
explain only a part of the points; a model that reads the whole sentence can explain all.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pyarrow as pa

from tasks.configuration.errors import UsageError
from tasks.configuration.system_errors import explain_system_error


def _words(text: str) -> list[str]:
    return text.split()


def _phrases(text: str) -> list[str]:
    return text.split("|")


COLUMNS = _phrases(
    "|country|description|designation|points|price|province|region_1|region_2|taster_name"
    "|taster_twitter_handle|title|variety|winery"
)
TYPES = {"": pa.int64(), "points": pa.int64(), "price": pa.float64()}
SCHEMA = pa.schema([(name, TYPES.get(name, pa.string())) for name in COLUMNS])

WORDS_BY_WORTH = {
    4: "flawless sublime magical",
    2: "profound radiant majestic seamless thrilling noble exquisite",
    1: "firm bright generous ripe fresh polished lively balanced supple elegant vivid complete "
    "long graceful juicy pure crisp silky",
    -1: "thin dull flat soft tired short harsh bitter clumsy simple vague faded heavy blunt watery "
    "coarse muted sticky",
    -2: "stale sour hollow murky lifeless cloying rotten",
    -4: "undrinkable dreadful ruined",
}
WORTH = {word: worth for worth, words in WORDS_BY_WORTH.items() for word in words.split()}
PRAISE = [word for word, worth in WORTH.items() if worth > 0]
BLAME = [word for word, worth in WORTH.items() if worth < 0]
DENIALS = frozenset(_words("not never hardly scarcely neither less without far"))
FRESH_STARTS = frozenset(_words("but yet the"))
# {yes} is a list that the sentence affirms; it denies the lists {no} and {nor}. The points follow
# DENIALS and FRESH_STARTS, which must match these frames.
FRAMES = _phrases(
    "{it} is {really} {yes}.|{it} comes across as {yes}.|{it} is far from {no}.|"
    "{it} is not {really} {no}, but {yes}.|{it} is never {no}, but {really} {yes}.|"
    "far from {no}, {it} is {really} {yes}.|not {really} {no}, {it} seems {yes}.|"
    "{it} is {really} more {yes} than {no}.|{it} seems {really} less {no} than {yes}.|"
    "{it} is hardly {no}, yet {really} {yes}.|{it} is scarcely {really} {no}.|"
    "{it} seems {yes} without being {no}.|neither {nor}, {it} turns out {really} {yes}."
)
ASPECTS = _words("palate finish texture fruit nose structure body mouthfeel core style")
ADVERBS = _words("really truly clearly plainly notably markedly decidedly unusually")
SCENTS = _phrases(
    "Aromas of {}, {} and {}.|Notes of {} and {} lead to {}.|Think of {} with a touch of {}.|"
    "There are hints of {}, {}, {} and {}.|Scents of {} over {}."
)
AROMAS = _words(
    "plum cedar cherry lemon peach honey almond leather tobacco violet mint pepper apple pear fig "
    "quince cocoa clove rose thyme apricot melon lime smoke vanilla currant sage hazelnut ginger "
    "walnut nutmeg orange lavender mango papaya raspberry toast cinnamon fennel saffron"
)
PLACES = _phrases(
    "Italy/Terra Finta/Colli Immaginari|France/Côtes-du-Rêve/Val-Fictif|US/New Nowhere/Mock Hills"
    "|Spain/Tierra Soñada/Valle Inventada|Portugal/Serra Sonhada/Vale Fingido"
    "|Austria/Nirgendland/Scheinberg|Chile/Valle Supuesto/Río Ficticio"
)
ESTATES = _words("Bodega Château Cantina Weingut Domaine Quinta")
NAMES = _words("Ficticia Placebo Lorem Ipsum Esempio Niemand Muster Nulle-Part Sample Dummy")
LABELS = ("Réserve", 'Cuvée "Zero"', "Old Test Vines", "Lot 42", "Première Ébauche", "Beta, Extra")
VARIETIES = _phrases(
    "Placebo Noir|Demo Blanc|Sample Sauvignon|Mock Merlot|Testrebe|Fintello|Pinot Imaginaire"
    "|Dummy Gris|Falsanina|Ficção Nacional|Lorem Blend|Muster-Riesling"
)
TASTERS = ("Ada Placeholder", "Bo Sample", "Cy Lorem", "Dee Muster", "Eli Dummy", "Fay Example")


def score_description(description: str) -> int:
    """Sum the worth of a description's words, negated between a denial and a fresh start."""
    sign, score = 1, 0
    for word in re.findall(r"[a-z]+", description.lower()):
        if word == "than":
            sign = -sign
        elif word in DENIALS or word in FRESH_STARTS:
            sign = -1 if word in DENIALS else 1
        score += sign * WORTH.get(word, 0)
    return score


def make_demo_reviews(rows: int, seed: int) -> pa.Table:
    """Make reviews of wines that do not exist.

    Row i depends only on the seed and i, so that a longer table begins with the shorter one.

    Args:
        rows: number of rows, 0 or more.
        seed: any integer.

    Returns:
        A table of `rows` rows with the columns of SCHEMA: points 80..100, price in whole USD
        4..3300. About 7 % of the rows repeat an earlier row with another index.

    Raises:
        UsageError: `rows` is negative.
    """
    if rows < 0:
        raise UsageError(f"rows is {rows}: ask for 0 or more demo reviews")
    reviews: list[tuple[object, ...]] = []
    for index in range(rows):
        # Only random() is guaranteed to give the same numbers in every version of Python.
        rng = Random(f"{seed}:{index}")  # noqa: S311 - made-up wine is no secret
        repeats = rng.random() < 0.07 and index > 0
        reviews.append(reviews[int(rng.random() * index)] if repeats else _review(rng))
    numbered = ((index, *review) for index, review in enumerate(reviews))
    records = [dict(zip(COLUMNS, row, strict=True)) for row in numbered]
    return pa.Table.from_pylist(records, schema=SCHEMA)


def write_demo_csv(path: Path, rows: int, seed: int) -> None:
    """Write the demo reviews as CSV in UTF-8 with LF, and empty fields for nulls.

    Raises:
        UsageError: `rows` is negative.
        OSError: the file cannot be written.
    """
    frame = make_demo_reviews(rows, seed).to_pandas()
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def _pick(rng: Random, choices: Sequence[str]) -> str:
    return choices[int(rng.random() * len(choices))]


def _sample(rng: Random, choices: Sequence[str], count: int) -> list[str]:
    left = list(choices)
    return [left.pop(int(rng.random() * len(left))) for _ in range(count)]


def _opinion(rng: Random, aspect: str, longest: int) -> str:
    """Say one thing of one aspect, in lists of 2..longest words that all pull the same way."""
    affirmed, denied = (PRAISE, BLAME) if rng.random() < 0.5 else (BLAME, PRAISE)
    yes = _sample(rng, affirmed, 2 + int(rng.random() * (longest - 1)))
    no = _sample(rng, denied, 2 + int(rng.random() * (longest - 1)))
    text = _pick(rng, FRAMES).format(
        it=f"the {aspect}",
        really=_pick(rng, ADVERBS),
        yes=f"{', '.join(yes[:-1])} and {yes[-1]}",
        no=f"{', '.join(no[:-1])} and {no[-1]}",
        nor=" nor ".join(no),
    )
    return text[0].upper() + text[1:]


def _describe(rng: Random) -> str:
    count = 2 + int(rng.random() * 2)
    sentences = [_opinion(rng, aspect, 6 - count) for aspect in _sample(rng, ASPECTS, count)]
    scent = _pick(rng, SCENTS).format(*_sample(rng, AROMAS, 4))
    sentences.insert(int(rng.random() * (count + 1)), scent)
    return " ".join(sentences)


def _review(rng: Random) -> tuple[object, ...]:
    """Make the columns of a review, without the index."""
    description = _describe(rng)
    noise = rng.random() + rng.random() + rng.random() - 1.5
    points = min(100, max(80, round(88.4 + 0.25 * score_description(description) + noise)))
    # Only + - * / give the same results on every machine; exp and log may differ.
    cost = int((points - 79) ** 2 * (0.1 + 0.075 / (1.01 - rng.random())))
    price = float(min(3300, 4 + cost)) if rng.random() < 0.93 else None
    country, province, region = _pick(rng, PLACES).split("/")
    located = rng.random() >= 0.0005
    region_1 = region if rng.random() < 0.84 and located else None
    region_2 = f"Upper {region}" if rng.random() < 0.464 and region_1 else None
    taster = _pick(rng, TASTERS) if rng.random() < 0.8 else None
    handle = f"@demo_{taster.split()[0].lower()}" if taster and rng.random() < 0.95 else None
    winery, variety = f"{_pick(rng, ESTATES)} {_pick(rng, NAMES)}", _pick(rng, VARIETIES)
    label = _pick(rng, LABELS) if rng.random() < 0.71 else None
    vintage = str(2005 + int(rng.random() * 15))
    title = " ".join(filter(None, (winery, vintage, label, variety, f"({region})")))
    place = (country, province) if located else (None, None)
    columns = (place[0], description, label, points, price, place[1], region_1, region_2)
    return (*columns, taster, handle, title, variety, winery)


def main() -> None:
    """Write demo reviews to a CSV file from the command line."""
    parser = argparse.ArgumentParser(description="Write made-up wine reviews to a CSV file.")
    parser.add_argument("rows", type=int, help="how many reviews, 0 or more")
    parser.add_argument("path", type=Path, help="the CSV file to write or replace")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other reviews")
    args = parser.parse_args()
    try:
        write_demo_csv(args.path, args.rows, args.seed)
    except UsageError as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"{args.path}: {explain_system_error(error)}; name another file")


if __name__ == "__main__":
    main()
