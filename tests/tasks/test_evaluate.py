from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.configuration.parameters import EvaluationParameters
from tasks.evaluate import evaluate_model, list_slices, mark_rows, measure
from tasks.modelling.intervals import INTERVALS as INTERVALS_FILE
from tasks.modelling.intervals import Intervals
from tasks.modelling.slices import name_slices
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.contracts import WINE
from tests.served_champions import install_champion
from tests.small_sides import make_side

PARAMETERS = EvaluationParameters(bootstrap_samples=200, slice_rows_min=2)
INTERVALS = Intervals(rows=99, half_widths={"50": 1.5, "95": None})


def make_test_set() -> pd.DataFrame:
    """The columns of the evaluation, and those of the reviews that make slices."""
    predicted = [88.0, 90.0, 85.0, 95.0]
    points = [88, 92, 86, 91]
    return pd.DataFrame(
        {
            "country": ["Italy", "Italy", None, "Spain"],
            "variety": ["Red"] * 4,
            "price": [10.0, 15.0, np.nan, 5000.0],
            "description": ["a few words", "a " * 30, "x", "a " * 100],
            "actual": points,
            "estimated": predicted,
            "predicted": predicted,
            "error": [p - a for p, a in zip(predicted, points, strict=True)],
            "baseline_median": [90.0] * 4,
            "seen": [False, True, False, False],
            "fair": [True, False, False, True],
        }
    )


SLICES = name_slices(make_test_set(), WINE.dataset)


def test_the_figures_are_those_of_the_definition() -> None:
    figures = measure(make_test_set(), SLICES, INTERVALS, PARAMETERS)
    assert figures["test_mae"] == pytest.approx((0 + 2 + 1 + 4) / 4)
    assert figures["test_mae_unseen"] == pytest.approx((0 + 1 + 4) / 3)
    assert figures["baselines"] == {
        "median": {
            "test_mae": pytest.approx((2 + 2 + 4 + 1) / 4),
            "test_mae_unseen": pytest.approx((2 + 4 + 1) / 3),
        }
    }
    assert (figures["rows"], figures["seen_rows"], figures["calibration_rows"]) == (4, 1, 99)


def test_promotion_judges_by_the_fair_rows_alone() -> None:
    fair = measure(make_test_set(), SLICES, INTERVALS, PARAMETERS)["fair"]
    assert (fair["rows"], fair["mae"]) == (2, {"network": (0 + 4) / 2, "median": (2 + 1) / 2})
    assert fair["interval"] == (0, 4)
    wide = PARAMETERS.model_copy(update={"confidence": 0.2})
    low, high = measure(make_test_set(), SLICES, INTERVALS, wide)["fair"]["interval"]
    assert 0 < low <= 2 <= high < 4


def test_where_no_row_is_fair_or_unseen_there_is_no_figure() -> None:
    test = make_test_set().assign(seen=True, fair=False)
    figures = measure(test, SLICES, INTERVALS, PARAMETERS)
    assert figures["test_mae_unseen"] is None
    assert figures["baselines"]["median"]["test_mae_unseen"] is None
    assert figures["fair"] == {
        "rows": 0,
        "mae": {"network": None, "median": None},
        "interval": None,
    }
    assert [i["coverage_unseen"] for i in figures["intervals"]] == [None, None]


def test_known_texts_and_copies_are_not_fair() -> None:
    test = pd.DataFrame({DIGESTS: ["a", "b", "c", "c", "d"]})
    marked = mark_rows(test, pa.chunked_array([["a"]]), pa.chunked_array([["b"]]))
    assert marked["seen"].tolist() == [True, False, False, False, False]
    assert marked["fair"].tolist() == [False, False, True, False, True]


def test_coverage_is_counted_on_all_rows_on_unseen_rows_and_in_slices() -> None:
    figures = measure(make_test_set(), SLICES, INTERVALS, PARAMETERS)
    half, most = figures["intervals"]
    assert half == {
        "level": "50",
        "half_width": 1.5,
        "coverage": 2 / 4,
        "coverage_unseen": 2 / 3,
    }
    # Without a half width nothing is left outside.
    assert (most["half_width"], most["coverage"], most["coverage_unseen"]) == (None, 1, 1)
    italy = next(s for s in figures["slices"] if s["slice"] == "Italy")
    assert italy["coverage"] == {"50": 1 / 2, "95": 1}


WORDS = ("firm", "soft", "bright", "dull", "ripe", "thin")


def reviews_of(words: tuple[str, ...], points: list[int]) -> pa.Table:
    return make_side([f"A {word} wine." for word in words], points)


def evaluate(store: Store, **sides: pa.Table) -> tuple[Workspace, Output]:
    """Evaluate a small champion on sides of a split, beside a median of 88.4 points."""
    trained, splits, baselines = (
        Artifact(stage=name, address="a", digest="", ingredients={})
        for name in ("train", "split", "baselines")
    )
    install_champion(store, "v1")
    shutil.copytree(store.root / "made" / "v1", store.root / trained.folder)
    for artifact in (splits, baselines):
        (store.root / artifact.folder).mkdir(parents=True)
    for side, rows in sides.items():
        pq.write_table(rows, store.root / splits.folder / f"{side}.parquet")
    rows = sides["test"].num_rows
    medians = pa.table({"row_number": range(rows), "median": [88.4] * rows})
    pq.write_table(medians, store.root / baselines.folder / "predictions.parquet")
    workspace = Workspace(store.objects, store.root / "work", "")
    parameters = PARAMETERS.model_copy(update={"interval_levels": (0.8,)})
    output = evaluate_model.__wrapped__(
        workspace, trained, splits, splits, splits, baselines, WINE.dataset, parameters
    )
    return workspace, output


@pytest.mark.heavy
def test_intervals_come_from_all_validation_reviews_and_from_no_test_review(store: Store) -> None:
    validation = reviews_of(WORDS[:4], [85, 88, 91, 97])
    test = reviews_of(WORDS, [80, 100, 80, 100, 80, 100])
    workspace, output = evaluate(
        store, train=validation.slice(1, 2), validation=validation, test=test
    )
    assert output.facts["seen_rows"] == 2
    intervals = Intervals.model_validate_json((workspace.output / INTERVALS_FILE).read_bytes())
    predictions = pq.read_table(workspace.output / "predictions.parquet").to_pandas()
    # The model estimates by the text alone, so that these are the validation estimates too.
    distances = np.abs(predictions["estimated"][:4] - validation["points"].to_numpy())
    # Of four distances, the largest: ceil(0.8 * 5).
    assert intervals.rows == 4
    assert intervals.half_widths == {"80": pytest.approx(distances.max(), abs=1e-4)}


@pytest.mark.heavy
def test_the_predictions_say_which_rows_count_and_what_the_baselines_say(store: Store) -> None:
    words = ("firm", "soft", "bright", "bright")
    workspace, _ = evaluate(
        store,
        train=reviews_of(("firm",), [88]),
        validation=reviews_of(("soft",), [88]),
        test=reviews_of(words, [85, 88, 91, 91]),
    )
    predictions = pq.read_table(workspace.output / "predictions.parquet").to_pandas()
    assert predictions["fair"].tolist() == [False, False, True, False]
    assert predictions["seen"].tolist() == [True, False, False, False]
    assert predictions["baseline_median"].tolist() == [88] * 4
    estimated = predictions["estimated"].round()
    assert predictions["predicted"].tolist() == estimated.tolist()
    assert predictions["error"].tolist() == (estimated - [85, 88, 91, 91]).tolist()


def test_slices_count_every_row_once_per_kind() -> None:
    slices = list_slices(make_test_set(), SLICES, rows_min=1)
    for by in ("country", "variety", "price", "description"):
        assert sum(s["rows"] for s in slices if s["by"] == by) == 4
    italy = next(s for s in slices if s["slice"] == "Italy")
    assert (italy["rows"], italy["mae"], italy["bias"]) == (2, 1.0, -1.0)
    assert {s["slice"] for s in slices if s["by"] == "country"} == {"Italy", "Spain", "unknown"}
    assert {s["slice"] for s in list_slices(make_test_set(), SLICES, rows_min=4)} == {"Red"}


def test_bands_come_in_their_order_and_values_of_texts_by_their_rows() -> None:
    test = make_test_set().assign(
        country=["Chile", "Spain", "Spain", None],
        price=[10.0, 150.0, 150.0, np.nan],
        description=["word " * n for n in (60, 26, 60, 3)],
    )
    slices = list_slices(test, name_slices(test, WINE.dataset), rows_min=1)
    ordered = {by: [s["slice"] for s in slices if s["by"] == by] for by in WINE.dataset.slice_kinds}
    assert ordered["price"] == ["under 15 USD", "120 USD or more", "unknown"]
    assert ordered["description"] == ["under 25 words", "25 to under 40 words", "55 words or more"]
    assert ordered["country"][0] == "Spain"
