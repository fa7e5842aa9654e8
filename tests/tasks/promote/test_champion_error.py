"""The champion's error on a delivery. Its model is a number: how far its predictions are off."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.profile import ChampionError
from tasks import champion_error
from tasks.champion_error import FIGURES, ROWS_MIN, measure_champion
from tasks.champions.copies import KNOWN
from tasks.configuration.errors import StoreError
from tasks.deliveries.partitions import FILES, name_partition
from tasks.deliveries.references import ERROR, ChampionReference
from tasks.modelling.model_file import MODEL
from tasks.modelling.texts import DIGESTS
from tasks.storage.store import Store
from tests.numbered_candidates import DATASET, POINTS, publish, side

KNOWN_ROWS = 100
CHAMPION = ChampionReference(version="v", folder="champion/versions/one")


def reviews(first: int, rows: int) -> pa.Table:
    return side(range(first, first + rows)).select(["description", "points"])


def replace_points(table: pa.Table, row: int, points: float | None) -> pa.Table:
    values = table["points"].to_pylist()
    values[row] = points
    return table.set_column(1, "points", pa.array(values))


def measure(
    store: Store,
    table: pa.Table,
    off: float | str = 2.0,
    promoted: float = 1.5,
    champion: ChampionReference = CHAMPION,
) -> ChampionError | None:
    """Measure a champion that knows the first texts; `off` is the content of its model's file."""
    folder = store.root / CHAMPION.folder
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(side(range(KNOWN_ROWS)).select([DIGESTS]), folder / KNOWN)
    (folder / MODEL).write_text(json.dumps(off))
    (folder / FIGURES).write_text(json.dumps({"fair": {"mae": {"network": promoted}}}))
    files = {name_partition(0, 0): table, FILES: [["", table.num_rows, [table.num_rows]]]}
    delivery = publish(store, "ingest", str(table.to_pydict()), files)
    with store.workspace("champion_error", "a" * 32) as workspace:
        output = measure_champion.__wrapped__(workspace, delivery, champion, DATASET)
        figures = json.loads((workspace.output / ERROR).read_bytes())
    assert output.facts == (figures or {})
    return ChampionError(**figures) if figures else None


def test_the_error_is_measured_on_the_texts_that_are_new_to_the_champion(store: Store) -> None:
    known = reviews(0, KNOWN_ROWS)
    off = known.set_column(1, "points", pa.array([100] * KNOWN_ROWS))
    delivered = pa.concat_tables([off, reviews(KNOWN_ROWS, 60)])
    error = measure(store, delivered)
    assert error == ChampionError(rows=60, mae=2.0, low=2.0, high=2.0, promoted_mae=1.5, digits=3)


def test_the_interval_is_about_the_mean_error(store: Store) -> None:
    table = reviews(KNOWN_ROWS, 200)
    shifted = table.set_column(1, "points", pa.array(np.clip(table["points"].to_numpy(), 85, 95)))
    error = measure(store, shifted, 0.0)
    assert error is not None
    off = np.abs(POINTS[100:300] - shifted["points"].to_numpy())
    assert error.mae == pytest.approx(off.mean())
    # 2.576 standard errors are the normal quantile of 99 %.
    assert error.high - error.low == pytest.approx(2 * 2.576 * off.std() / 200**0.5, rel=0.1)
    assert error.low < error.mae < error.high


@pytest.mark.parametrize("rows", [ROWS_MIN - 1, ROWS_MIN])
def test_few_new_reviews_are_not_measured(store: Store, rows: int) -> None:
    table = pa.concat_tables([reviews(0, KNOWN_ROWS), reviews(KNOWN_ROWS, rows)])
    assert (measure(store, table) is not None) == (rows == ROWS_MIN)


@pytest.mark.parametrize("points", [None, 79, 101, 79.5, float("nan")])
def test_a_target_that_is_missing_or_off_the_scale_is_left_out(
    store: Store, points: float | None
) -> None:
    error = measure(store, replace_points(reviews(KNOWN_ROWS, 60), 7, points))
    assert error == ChampionError(rows=59, mae=2.0, low=2.0, high=2.0, promoted_mae=1.5, digits=3)


@pytest.mark.parametrize("points", [80, 100])
def test_the_ends_of_the_scale_count(store: Store, points: int) -> None:
    error = measure(store, replace_points(reviews(KNOWN_ROWS, 60), 7, points))
    assert error is not None
    assert error.rows == 60


def test_a_review_without_a_text_is_left_out(store: Store) -> None:
    table = reviews(KNOWN_ROWS, 60)
    texts = [None, *table["description"].to_pylist()[1:]]
    error = measure(store, table.set_column(0, "description", pa.array(texts)))
    assert error is not None
    assert error.rows == 59


def test_the_order_of_the_rows_does_not_matter(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(champion_error, "ROWS_MAX", 70)
    table = reviews(KNOWN_ROWS, 200)
    table = table.set_column(1, "points", pa.array(np.clip(table["points"].to_numpy(), 88, 92)))
    backwards = table.take(list(range(199, -1, -1)))
    ahead, back = measure(store, table), measure(store, backwards)
    assert ahead is not None
    assert back is not None
    assert ahead.rows == back.rows == 70
    assert ahead.mae == pytest.approx(back.mae)


@pytest.mark.parametrize(
    ("changes", "champion"),
    [
        ({"off": "no number"}, CHAMPION),
        ({"promoted": 0.0}, CHAMPION),
        ({}, CHAMPION.model_copy(update={"folder": ""})),
    ],
    ids=["cannot be loaded", "perfect at its promotion", "files gone"],
)
def test_a_champion_without_a_comparable_error_is_no_failure(
    store: Store, changes: dict[str, Any], champion: ChampionReference
) -> None:
    assert measure(store, reviews(KNOWN_ROWS, 60), champion=champion, **changes) is None


def test_too_little_memory_is_not_remembered_as_no_error(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(sys.modules["tasks.modelling.serving"], "Predictor", refuse)
    with pytest.raises(StoreError, match="not enough memory for the champion's model"):
        measure(store, reviews(KNOWN_ROWS, 60))
