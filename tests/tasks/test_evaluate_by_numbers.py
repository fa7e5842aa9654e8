"""Evaluations of a model that is a table of estimates by text; test_evaluate.py has a real one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import EvaluationParameters
from tasks.evaluate import evaluate_model, list_slices, measure, measure_fair_rows
from tasks.modelling.intervals import Intervals
from tasks.modelling.predictions import absolute_errors, baselines_of
from tasks.modelling.slices import name_slices
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.store import Store
from tasks.storage.workspace import Workspace
from tests.contracts import STARS_COLUMNS, WINE, make_contract
from tests.small_sides import make_side

ESTIMATES = {"a": 88.4, "b": 88.0, "c": 91.6, "d": 85.0, "e": 90.0, "f": 87.0}
PARAMETERS = EvaluationParameters(
    bootstrap_samples=100, slice_rows_min=2, interval_levels=(0.5, 0.99)
)


@pytest.fixture(autouse=True)
def table_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    def predictor(estimates: dict[str, float]) -> Any:
        return lambda texts: np.array([estimates[text] for text in texts])

    # TensorFlow, which the module imports, takes seconds, and here predicts nothing.
    serving = SimpleNamespace(
        load_model=lambda path: json.loads(path.read_bytes()), Predictor=predictor
    )
    monkeypatch.setitem(sys.modules, "tasks.modelling.serving", serving)


def side(texts: str, points: list[int]) -> pa.Table:
    return make_side(list(texts), points, first_row=10)


def evaluate(
    store: Store, dataset: Dataset = WINE.dataset, **tables: pa.Table
) -> tuple[dict[str, Any], pd.DataFrame, Output]:
    """Evaluate; return the JSON files by name, the predictions and the output."""
    made = {n: Artifact(stage=n, address="a", digest="") for n in ("trained", *tables)}
    for name, artifact in made.items():
        (store.root / artifact.folder).mkdir(parents=True)
        if name in tables:
            file = "predictions" if name == "baselines" else name
            pq.write_table(tables[name], store.root / artifact.folder / f"{file}.parquet")
    (store.root / made["trained"].path / "model.keras").write_text(json.dumps(ESTIMATES))
    workspace = Workspace(store.objects, store.root / "work", "")
    output = evaluate_model.__wrapped__(workspace, dataset=dataset, parameters=PARAMETERS, **made)
    files = {p.stem: json.loads(p.read_bytes()) for p in workspace.output.glob("*.json")}
    return files, pq.read_table(workspace.output / "predictions.parquet").to_pandas(), output


def baselines(rows: int) -> pa.Table:
    return pa.table({"row_number": range(10, 10 + rows), "median": [88.6] * rows})


def test_what_is_written_follows_from_the_three_sides(store: Store) -> None:
    files, predictions, output = evaluate(
        store,
        train=side("ad", [88, 88]),
        # Off by 3.4, 0, 3.4 and 5.
        validation=side("abce", [85, 88, 95, 95]),
        # Off by much more.
        test=side("dceefa", [60, 61, 62, 62, 63, 64]),
        baselines=baselines(6),
    )
    assert files["intervals"]["rows"] == files["figures"]["calibration_rows"] == 4
    # Of four distances the third: ceil(0.5 * 5).
    assert files["intervals"]["half_widths"] == {"50": pytest.approx(3.4), "99": None}
    assert predictions.columns.tolist() == [
        *("row_number", "actual", "estimated", DIGESTS, "predicted", "error"),
        *("seen", "fair", "baseline_median"),
    ]
    assert predictions["row_number"].tolist() == list(range(10, 16))
    assert predictions["estimated"].tolist() == [85, 91.6, 90, 90, 87, 88.4]
    assert predictions["predicted"].tolist() == [85, 92, 90, 90, 87, 88]
    assert predictions["error"].tolist() == [25, 31, 28, 28, 24, 24]
    assert predictions["seen"].tolist() == [True, False, False, False, False, True]
    # What validation held has chosen the model.
    assert predictions["fair"].tolist() == [False] * 4 + [True, False]
    assert predictions["baseline_median"].tolist() == [89] * 6
    figures = files["figures"]
    names = ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
    assert output.facts == {name: figures[name] for name in names}
    assert output.facts["test_mae"] == pytest.approx(160 / 6)
    assert output.facts["test_mae_unseen"] == pytest.approx(111 / 4)
    assert (output.facts["rows"], output.facts["seen_rows"]) == (6, 2)
    assert figures["fair"] == {
        "rows": 1,
        "mae": {"network": 24, "median": 26},
        "interval": [24, 24],
    }


def make_test_set() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "country": ["Spain", "Italy", "Italy", "Italy"],
            "variety": ["Red", "Red", "Red", "White"],
            "price": [10.0] * 4,
            "description": ["a few words"] * 4,
            "actual": [90, 90, 90, 90],
            "estimated": [88.4, 91.0, 93.4, 90.0],
            "predicted": [88.0, 91.0, 93.0, 90.0],
            "error": [-2.0, 1.0, 3.0, 0.0],
            "baseline_median": [88.0] * 4,
            "seen": [True, False, False, False],
            "fair": [False, True, True, False],
        }
    )


SLICES = name_slices(make_test_set(), WINE.dataset)


def test_slices_come_by_kind_the_largest_first() -> None:
    test = make_test_set().assign(within_80=[True, True, False, True])
    slices = list_slices(test, SLICES, rows_min=1)
    assert [(s["by"], s["slice"], s["rows"]) for s in slices[:5]] == [
        ("country", "Italy", 3),
        ("country", "Spain", 1),
        ("price", "under 15 USD", 4),
        ("variety", "Red", 3),
        ("variety", "White", 1),
    ]
    italy = dict(slices[0])
    assert italy.pop("mae") == pytest.approx(4 / 3)
    assert italy.pop("bias") == pytest.approx(4 / 3)
    assert italy.pop("coverage") == {"80": pytest.approx(2 / 3)}
    assert italy == {"by": "country", "slice": "Italy", "rows": 3}
    assert (slices[1]["mae"], slices[1]["bias"], slices[1]["coverage"]) == (2, -2, {"80": 1})
    assert {s["slice"] for s in list_slices(test, SLICES, rows_min=3) if s["by"] == "country"} == {
        "Italy"
    }
    turkey = {"country": SLICES["country"].replace("Italy", "Turkey")}
    renamed = list_slices(test, turkey, rows_min=1)
    assert [s["slice"] for s in renamed[:2]] == ["Turkey", "Spain"]


def test_points_lie_within_an_interval_around_the_estimate_not_the_whole_points() -> None:
    intervals = Intervals(rows=9, half_widths={"80": 1.0, "90": 3.0})
    (low, high) = measure(make_test_set(), SLICES, intervals, PARAMETERS)["intervals"]
    assert low == {
        "level": "80",
        "half_width": 1.0,
        "coverage": 2 / 4,
        "coverage_unseen": pytest.approx(2 / 3),
    }
    assert (high["level"], high["coverage"], high["half_width"]) == ("90", 3 / 4, 3.0)


def test_a_target_of_another_contract_is_rounded_to_its_own_step(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ESTIMATES", {"a": 3.3, "b": 4.8, "c": 1.2})
    stars = make_contract(tmp_path, STARS_COLUMNS).dataset

    def stars_side(texts: str, values: list[float]) -> pa.Table:
        columns = {"row_number": range(len(texts)), "text": list(texts), "stars": values}
        extras = {"a.b": ["x", None, "x"], "größe": [-7.0, 0.5, None], DIGESTS: list(texts)}
        return pa.table(columns | {name: given[: len(texts)] for name, given in extras.items()})

    files, predictions, _ = evaluate(
        store,
        stars,
        train=stars_side("d", [3.0]),
        validation=stars_side("ab", [3.0, 5.0]),
        test=stars_side("abc", [4.0, 5.0, 1.5]),
        baselines=pa.table({"row_number": range(3), "median": [3.3] * 3}),
    )
    assert predictions["predicted"].tolist() == [3.5, 5.0, 1.0]
    assert predictions["error"].tolist() == [-0.5, 0.0, -0.5]
    assert predictions["baseline_median"].tolist() == [3.5] * 3
    assert files["figures"]["test_mae"] == pytest.approx(1 / 3)
    measured = [(s["by"], s["slice"], s["rows"]) for s in files["figures"]["slices"]]
    assert measured == [("a.b", "x", 2), ("text", "under 3 words", 3)]


def test_the_figures_of_an_evaluation_have_their_names() -> None:
    test = make_test_set()
    figures = measure(test, SLICES, Intervals(rows=9, half_widths={"80": 1.0}), PARAMETERS)
    assert figures.keys() == {
        *("test_mae", "test_mae_unseen", "rows", "seen_rows", "baselines", "fair"),
        *("intervals", "calibration_rows", "slices"),
    }
    assert figures["slices"] == list_slices(
        test.assign(within_80=[False, True, False, True]), SLICES, PARAMETERS.slice_rows_min
    )
    assert "within_80" not in test


def test_the_interval_of_the_mae_follows_its_parameters() -> None:
    errors = {"network": np.arange(50.0), "ridge": np.arange(50.0) + 1}

    def interval(**changes: Any) -> Any:
        return measure_fair_rows(errors, PARAMETERS.model_copy(update=changes))["interval"]

    score = measure_fair_rows(errors, PARAMETERS)
    assert (score["rows"], score["mae"]) == (50, {"network": 24.5, "ridge": 25.5})
    low, high = score["interval"]
    assert 10 < low < 24.5 < high < 40
    assert interval() == (low, high)
    for changes in ({"seed": 9}, {"bootstrap_samples": 150}, {"confidence": 0.5}):
        assert interval(**changes) != (low, high)


def test_errors_are_absolute_and_by_model() -> None:
    test = make_test_set()
    errors = absolute_errors(test)
    assert {name: values.tolist() for name, values in errors.items()} == {
        "network": [2, 1, 3, 0],
        "median": [2, 2, 2, 2],
    }
    assert all(values.dtype == np.float64 for values in errors.values())
    assert baselines_of(test) == ["baseline_median"]
    assert baselines_of(test.rename(columns={"baseline_median": 3})) == []
    half = test.assign(predicted=test["predicted"].astype("float32"))
    assert absolute_errors(half)["network"].dtype == np.float64
