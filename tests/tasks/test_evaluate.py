from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.engine.artifacts import Artifact
from tasks.engine.store import Store
from tasks.engine.workspace import Workspace
from tasks.evaluate import evaluate_model, list_slices, measure, score_fairly
from tasks.modelling.intervals import INTERVALS as INTERVALS_FILE
from tasks.modelling.intervals import Intervals
from tasks.parameters import EvaluationParameters
from tests.served_champions import install_champion

PARAMETERS = EvaluationParameters(bootstrap_samples=200, slice_rows_min=2)
INTERVALS = Intervals(rows=99, half_widths_points={"50": 1.5, "95": None})


def make_test_set() -> pd.DataFrame:
    predicted = [88.0, 90.0, 85.0, 95.0]
    points = [88, 92, 86, 91]
    return pd.DataFrame(
        {
            "country": ["Italy", "Italy", None, "Spain"],
            "variety": ["Red"] * 4,
            "price": [10.0, 15.0, np.nan, 5000.0],
            "description": ["a few words", "a " * 30, "x", "a " * 100],
            "points": points,
            "estimated_points": predicted,
            "predicted_points": predicted,
            "error": [p - a for p, a in zip(predicted, points, strict=True)],
        }
    )


def test_the_figures_are_those_of_the_definition() -> None:
    test = make_test_set()
    seen = pd.Series([False, True, False, False])
    baselines = pd.DataFrame({"median": [90.0] * 4})
    figures = measure(test, seen, baselines, INTERVALS, PARAMETERS)
    assert figures["test_mae"] == pytest.approx((0 + 2 + 1 + 4) / 4)
    assert figures["test_mae_unseen"] == pytest.approx((0 + 1 + 4) / 3)
    assert figures["baselines"]["median"]["test_mae"] == pytest.approx((2 + 2 + 4 + 1) / 4)
    assert figures["baselines"]["median"]["test_mae_unseen"] == pytest.approx((2 + 4 + 1) / 3)
    assert (figures["rows"], figures["seen_rows"]) == (4, 1)
    low, high = figures["test_mae_interval"]
    assert 0 <= low < figures["test_mae"] < high <= 4


def test_where_all_rows_were_seen_there_is_no_unseen_figure() -> None:
    seen = pd.Series([True] * 4)
    figures = measure(make_test_set(), seen, pd.DataFrame(), INTERVALS, PARAMETERS)
    assert figures["test_mae_unseen"] is None
    assert [i["coverage_unseen"] for i in figures["intervals"]] == [None, None]


def test_copies_and_what_was_known_say_nothing_against_the_baselines() -> None:
    test = make_test_set().assign(description_sha256=["a", "b", "c", "c"])
    baselines = pd.DataFrame({"median": [90.4] * 4})
    fair = score_fairly(test, baselines, ["b"])
    assert fair == {"network": (0 + 1) / 2, "median": (2 + 4) / 2}
    assert score_fairly(test, baselines, ["a", "b", "c"]) == {}


def test_coverage_is_counted_on_all_rows_on_unseen_rows_and_in_slices() -> None:
    seen = pd.Series([False, True, False, False])
    figures = measure(make_test_set(), seen, pd.DataFrame(), INTERVALS, PARAMETERS)
    half, most = figures["intervals"]
    assert half == {
        "level": "50",
        "half_width_points": 1.5,
        "coverage": 2 / 4,
        "coverage_unseen": 2 / 3,
    }
    # Without a half width nothing is left outside.
    assert (most["half_width_points"], most["coverage"], most["coverage_unseen"]) == (None, 1, 1)
    italy = next(s for s in figures["slices"] if s["slice"] == "Italy")
    assert italy["coverage"] == {"50": 1 / 2, "95": 1}


def test_every_validation_review_counts_for_the_intervals_seen_in_train_or_not(
    store: Store,
) -> None:
    trained, splits, baselines = (
        Artifact(stage=name, address="a", digest="", ingredients={})
        for name in ("train", "split", "baselines")
    )
    install_champion(store, "v1")
    shutil.copytree(store.root / "made" / "v1", store.root / trained.path)
    for artifact in (splits, baselines):
        (store.root / artifact.path).mkdir(parents=True)
    texts = [f"A {word} wine." for word in ("firm", "soft", "bright", "dull")]
    reviews = pa.table(
        {
            "row_number": range(4),
            "description": texts,
            "description_sha256": texts,
            "points": [85, 88, 91, 97],
            "price": [None, 10.0, 20.0, 30.0],
            "country": ["Italy"] * 4,
            "variety": ["Red"] * 4,
        }
    )
    sides = {"train": reviews.slice(1, 2), "validation": reviews, "test": reviews}
    for side, rows in sides.items():
        pq.write_table(rows, store.root / splits.path / f"{side}.parquet")
    medians = pa.table({"row_number": range(4), "median": [88.0] * 4})
    pq.write_table(medians, store.root / baselines.path / "predictions.parquet")
    workspace = Workspace(store.root, store.root / "work", "")
    parameters = PARAMETERS.model_copy(update={"interval_levels": (0.8,)})
    output = evaluate_model.__wrapped__(workspace, trained, splits, baselines, parameters)
    assert output.facts["seen_rows"] == 2
    intervals = Intervals.model_validate_json((workspace.output / INTERVALS_FILE).read_bytes())
    predictions = pq.read_table(workspace.output / "predictions.parquet").to_pandas()
    distances = (predictions["estimated_points"] - predictions["points"]).abs()
    # Of four distances, the largest: ceil(0.8 * 5).
    assert intervals.rows == 4
    assert intervals.half_widths_points == {"80": pytest.approx(distances.max(), abs=1e-4)}


def test_slices_count_every_row_once_per_kind() -> None:
    slices = list_slices(make_test_set(), rows_min=1)
    for by in ("country", "variety", "price", "length"):
        assert sum(s["rows"] for s in slices if s["by"] == by) == 4
    italy = next(s for s in slices if s["slice"] == "Italy")
    assert (italy["rows"], italy["mae"], italy["bias"]) == (2, 1.0, -1.0)
    assert {s["slice"] for s in slices if s["by"] == "country"} == {"Italy", "Spain", "unknown"}
    assert {s["slice"] for s in list_slices(make_test_set(), rows_min=4)} == {"Red"}
