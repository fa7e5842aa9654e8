"""Evaluate: the saved model + validation + test -> MAE, slices, predictions and intervals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.configuration.parameters import EvaluationParameters
from tasks.engine.stages import stage
from tasks.modelling.intervals import INTERVALS, Intervals, calibrate
from tasks.modelling.model_file import MODEL
from tasks.modelling.points import round_points
from tasks.modelling.predictions import (
    BASELINE,
    NETWORK,
    PREDICTIONS,
    absolute_errors,
    baselines_of,
)
from tasks.modelling.slices import name_slices
from tasks.modelling.statistics import bootstrap_means, percentile_interval
from tasks.modelling.texts import DIGESTS, mark_fair
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

WITHIN = "within_"
"""Prefix of the columns that tell, by level, whether a review's points are in its interval."""


def list_slices(test: pd.DataFrame, rows_min: int) -> list[dict[str, Any]]:
    """Measure the MAE of each country, variety, price band and length band.

    Args:
        test: with `country`, `variety`, `price`, `description`, `error`, `predicted_points`, and a
            column such as `within_80` for each level of the intervals.
        rows_min: smaller slices are left out.

    Returns:
        Slices with `by`, `slice`, `rows`, `mae` and `bias` (mean of predicted - actual) in points,
        and `coverage` by level; within each kind the largest slice first.
    """
    within = [name for name in test.columns if name.startswith(WITHIN)]
    slices = []
    for by, keys in name_slices(test).items():
        groups = test.groupby(keys)
        measured = groups["error"].agg(rows="size", mae=lambda e: e.abs().mean(), bias="mean")
        covered = groups[within].mean().rename(columns=lambda name: name.removeprefix(WITHIN))
        measured = measured[measured["rows"] >= rows_min].sort_values("rows", ascending=False)
        slices += [
            {"by": by, "slice": str(name), "rows": int(row.rows), "mae": row.mae, "bias": row.bias}
            | {"coverage": covered.loc[name].to_dict()}
            for name, row in measured.iterrows()
        ]
    return slices


def measure_intervals(intervals: Intervals, test: pd.DataFrame) -> list[dict[str, Any]]:
    """Measure the coverage of the prediction intervals on the test set.

    Returns:
        For each `level` (in percent) `half_width_points` (null if the validation set is too small),
        `coverage` and `coverage_unseen` (null if every row was seen).
    """
    unseen = test[~test["seen"]]
    return [
        {
            "level": level,
            "half_width_points": width,
            "coverage": float(test[f"{WITHIN}{level}"].mean()),
            "coverage_unseen": _mean(unseen[f"{WITHIN}{level}"].to_numpy()),
        }
        for level, width in intervals.half_widths_points.items()
    ]


def measure_fair_rows(
    errors: dict[str, NDArray[np.float64]], parameters: EvaluationParameters
) -> dict[str, Any]:
    """Measure the MAE on the fair rows, which the promotion uses.

    Args:
        errors: absolute errors on the fair rows by model, in points, each (rows,).
        parameters: resamples and confidence of the interval.

    Returns:
        `rows`, `mae` in points by model, and `interval` of the network's MAE. Without any fair row
        the figures are null.
    """
    network, interval = errors[NETWORK], None
    if len(network):
        means = bootstrap_means(network, parameters.bootstrap_samples, parameters.seed)
        interval = percentile_interval(means, parameters.confidence)
    maes = {name: _mean(distances) for name, distances in errors.items()}
    return {"rows": len(network), "mae": maes, "interval": interval}


def measure(
    test: pd.DataFrame, intervals: Intervals, parameters: EvaluationParameters
) -> dict[str, Any]:
    """Compute the figures of an evaluation.

    Args:
        test: with `points`, `estimated_points`, `predicted_points`, `error`, a column of points for
            each baseline, `seen`, `fair` and the columns that `list_slices` needs.
        intervals: of the predictions.
        parameters: of the bootstrap and the slices.

    Returns:
        `test_mae`, `test_mae_unseen` (null if every row was seen), `rows`, `seen_rows`,
        `baselines` with both MAEs each, `fair` (see `measure_fair_rows`), `intervals`,
        `calibration_rows` (reviews that the intervals were measured on), and `slices`.
    """
    within = intervals.contain((test["estimated_points"] - test["points"]).to_numpy())
    test = test.assign(**{f"{WITHIN}{level}": marks for level, marks in within.items()})
    every, unseen, fair = map(absolute_errors, (test, test[~test["seen"]], test[test["fair"]]))
    scores = {
        name: {"test_mae": _mean(every[name]), "test_mae_unseen": _mean(unseen[name])}
        for name in every
    }
    return {
        **scores.pop(NETWORK),
        "rows": len(test),
        "seen_rows": int(test["seen"].sum()),
        "baselines": scores,
        "fair": measure_fair_rows(fair, parameters),
        "intervals": measure_intervals(intervals, test),
        "calibration_rows": intervals.rows,
        "slices": list_slices(test, parameters.slice_rows_min),
    }


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if len(values) else None


def mark_rows(test: pd.DataFrame, train: pd.Series, validation: pd.Series) -> pd.DataFrame:
    """Add the columns `seen` and `fair` to the test set.

    A row is seen if its text is in the training set. It is fair if its text is in neither the
    training nor the validation set, and in no earlier test row.

    Args:
        test: with the digests of the descriptions.
        train: digests of the training descriptions.
        validation: digests of the validation descriptions.
    """
    digests = pa.chunked_array([pa.array(test[DIGESTS])])
    known = pa.array([*train, *validation], digests.type)
    return test.assign(
        seen=test[DIGESTS].isin(train), fair=mark_fair(digests, known).to_pandas().to_numpy()
    )


def predict_sides(
    workspace: Workspace, trained: Artifact, sides: dict[str, Artifact]
) -> list[pd.DataFrame]:
    """Read sides of the split, and add the saved network's `estimated_points` to each."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tasks.modelling.serving import Predictor, load_model

    predict = Predictor(load_model(workspace.input_path(trained, MODEL)))
    tables = [workspace.read_table(side, name).to_pandas() for name, side in sides.items()]
    return [t.assign(estimated_points=predict(t["description"].tolist())) for t in tables]


@stage("evaluate")
def evaluate_model(
    workspace: Workspace,
    trained: Artifact,
    train: Artifact,
    validation: Artifact,
    test: Artifact,
    baselines: Artifact,
    parameters: EvaluationParameters,
) -> Output:
    """Predict the test set with the saved model; write predictions, intervals and figures."""
    sides = {"validation.parquet": validation, "test.parquet": test}
    calibration, result = predict_sides(workspace, trained, sides)
    errors = (calibration["estimated_points"] - calibration["points"]).to_numpy()
    intervals = calibrate(errors, parameters.interval_levels)
    result["predicted_points"] = round_points(result["estimated_points"].to_numpy())
    result["error"] = result["predicted_points"] - result["points"]
    trained_on = workspace.read_table(train, "train.parquet", [DIGESTS])[DIGESTS].to_pandas()
    result = mark_rows(result, trained_on, calibration[DIGESTS])
    baseline_points = workspace.read_table(baselines, PREDICTIONS).to_pandas()
    baseline_points = baseline_points.drop(columns="row_number").apply(round_points)
    result = result.join(baseline_points.add_prefix(BASELINE))
    figures = measure(result, intervals, parameters)
    columns = ["row_number", "points", "estimated_points", "predicted_points", "error", DIGESTS]
    columns += ["seen", "fair", *baselines_of(result)]
    workspace.write_table(pa.Table.from_pandas(result[columns], preserve_index=False), PREDICTIONS)
    workspace.write_json(intervals.model_dump(), INTERVALS)
    workspace.write_json(figures, "figures.json")
    facts = ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
    return Output(facts={name: figures[name] for name in facts})
