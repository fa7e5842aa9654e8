"""A year of deliveries: reviews as they would arrive, Monday by Monday, with what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from data_contracts.contract import load_contract
from tasks.champions.champion import ChampionRegistry
from tasks.modelling.model_file import MODEL
from tasks.modelling.rounding import round_to_step
from tasks.modelling.texts import normalize_text
from tasks.storage.opening import open_store

GROWING, DAMAGED, UNCHANGED, CORRECTED, SHORTER = (
    "growing",
    "damaged",
    "unchanged",
    "corrected",
    "shorter",
)
MISTAKEN_COUNTRY = "Spain"
MISTAKE_POINTS = 4
"""So much too low are the labels of one country, until a delivery corrects them."""


class Week(NamedTuple):
    """One Monday's file.

    Attributes:
        kind: what is special about it.
        reviews: all columns as strings, under the header of the source.
    """

    kind: str
    reviews: pd.DataFrame


class Year(NamedTuple):
    """All deliveries, and the reviews that are in none of them."""

    weeks: list[Week]
    held_out: pd.DataFrame


def read_reviews(path: Path) -> pd.DataFrame:
    """Read a CSV as it is written: every value a string, the first column without a name."""
    reviews = pd.read_csv(path, dtype=str, keep_default_na=False)
    return reviews.rename(columns={"Unnamed: 0": ""})


def make_year(
    reviews: pd.DataFrame, first_rows: int, growing_weeks: int, held_out_texts: int, seed: int
) -> Year:
    """Lay the reviews out over a year.

    Args:
        reviews: as `read_reviews` gives them.
        first_rows: rows of the first delivery.
        growing_weeks: deliveries after it that bring new rows, until all are there.
        held_out_texts: distinct texts that no delivery holds.
        seed: of the order in which the reviews arrive, and of the choice of those held out.
    """
    random = np.random.default_rng(seed)
    reviews = reviews.iloc[random.permutation(len(reviews))]
    texts = reviews["description"].map(normalize_text)
    held = set(texts.drop_duplicates().iloc[:held_out_texts])
    held_out = reviews[texts.isin(held) & ~texts.duplicated()]
    arriving = reviews[~texts.isin(held)].reset_index(drop=True)
    arriving[""] = arriving.index.astype(str)
    sizes = np.linspace(first_rows, len(arriving), growing_weeks + 1).astype(int)
    return Year(list(_lay_out(arriving, sizes.tolist())), held_out)


def _lay_out(reviews: pd.DataFrame, sizes: list[int]) -> Iterator[Week]:
    """Yield the deliveries; the special ones stand at about every fifth of the year."""
    mistaken = mistake_labels(reviews)
    damaged, unchanged, corrected, shorter = (max(1, len(sizes) * n // 5) for n in range(1, 5))
    for number, size in enumerate(sizes):
        labelled = reviews if number > corrected else mistaken
        if number == damaged:
            yield Week(DAMAGED, damage_texts(labelled[:size]))
        yield Week(GROWING, labelled[:size])
        if number == unchanged:
            yield Week(UNCHANGED, labelled[:size])
        if number == corrected:
            yield Week(CORRECTED, reviews[:size])
        if number == shorter:
            yield Week(SHORTER, reviews[: size * 2 // 5])


def mistake_labels(reviews: pd.DataFrame) -> pd.DataFrame:
    """Lower the points of one country, as far as the scale goes."""
    points = reviews["points"].astype(int)
    lowered = (points - MISTAKE_POINTS).clip(lower=points.min())
    of_country = reviews["country"] == MISTAKEN_COUNTRY
    return reviews.assign(points=points.where(~of_country, lowered).astype(str))


def were_right(reviews: pd.DataFrame) -> np.ndarray:
    """Mark the reviews whose labels no delivery had wrong, (rows,)."""
    marks: np.ndarray = (reviews["country"] != MISTAKEN_COUNTRY).to_numpy()
    return marks


def damage_texts(reviews: pd.DataFrame) -> pd.DataFrame:
    """Lose the text of every twentieth review."""
    lost = np.arange(len(reviews)) % 20 == 0
    return reviews.assign(description=reviews["description"].where(~lost, ""))


class Delivered(NamedTuple):
    """What the run on one delivery says of itself.

    Attributes:
        verdict: of the run.
        reason: of the verdict.
        cached: names of the stages that found their work done.
        seconds: of the run.
    """

    verdict: str
    reason: str
    cached: list[str]
    seconds: float


class Monday(NamedTuple):
    """What became of one delivery.

    Attributes:
        kind: of the delivery.
        rows: of its file.
        run: what the run says.
        test_mae: of the candidate in points; None where nothing was trained.
        champion: its version after the run; None where there is none.
        errors: the champion's absolute errors in points on the reviews held out, (reviews,).
    """

    kind: str
    rows: int
    run: Delivered
    test_mae: float | None
    champion: str | None
    errors: np.ndarray

    @property
    def held_out_mae(self) -> float:
        return float(self.errors.mean()) if len(self.errors) else float("nan")


def run_year(
    year: Year, source: Path, store: Path, deliver: Callable[[], Delivered]
) -> Iterator[Monday]:
    """Deliver a year's files one after the other, each in the place of the one before.

    Args:
        year: the deliveries.
        source: where each file is put.
        store: the store that runs use.
        deliver: retrains on the file in its place.
    """
    registry = ChampionRegistry(open_store(str(store)))
    known: dict[str | None, np.ndarray] = {None: np.array([])}
    for kind, reviews in year.weeks:
        reviews.to_csv(source, index=False)
        run = deliver()
        champion = registry.current()
        version = champion.version if champion else None
        if champion and version not in known:
            known[version] = measure_held_out(registry.path_of(champion, MODEL), year.held_out)
        record = json.loads(max(store.glob("runs/*-retraining-*.json")).read_bytes())
        test_mae = record.get("metrics", {}).get("test_mae")
        yield Monday(kind, len(reviews), run, test_mae, version, known[version])


def measure_held_out(model: Path, reviews: pd.DataFrame) -> np.ndarray:
    """Return a model's absolute errors on reviews that no delivery holds."""
    from tasks.modelling.serving import load_model, predict

    estimated = predict(load_model(model), reviews["description"].tolist())
    predicted = round_to_step(estimated, load_contract().dataset.target)
    return np.abs(predicted - reviews["points"].astype(int).to_numpy())
