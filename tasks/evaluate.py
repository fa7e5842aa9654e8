"""Evaluate: the saved model + validation + test -> MAE, slices, predictions, their intervals."""

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
"""Begins the columns that mark by level the reviews whose interval holds their points."""


def list_slices(test: pd.DataFrame, rows_min: int) -> list[dict[str, Any]]:
    """Measure the MAE of each country, variety, price band and length band.

    Args:
        test: with `country`, `variety`, `price`, `description`, `error`, `predicted_points`, and
            for each level of the intervals a column `within_80` or the like.
        rows_min: smaller slices are left out.

    Returns:
        Slices with `by`, `slice`, `rows`, `mae` and `bias` (mean of predicted - actual), in points,
        and `coverage` by level; the largest first within each kind.
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
    """Count how often the points of test reviews lie within their intervals.

    Returns:
        Of each `level` (in percent) the `half_width_points` (null where validation was too small),
        the `coverage` and the `coverage_unseen` (null when every row was seen).
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


def score_fairly(
    errors: dict[str, NDArray[np.float64]], parameters: EvaluationParameters
) -> dict[str, Any]:
    """Measure what promotion judges by.

    Args:
        errors: absolute errors by model on the fair rows, in points, each (rows,).
        parameters: resamples and confidence of the interval.

    Returns:
        `rows`; `mae` in points by model; and `interval`, that of the network's MAE. Where there is
        no row, the figures are null.
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
            each baseline, `seen`, `fair` and the columns that slices need.
        intervals: of the predictions.
        parameters: the bootstrap and the slices.

    Returns:
        `test_mae`, `test_mae_unseen` (null when every row was seen), `rows`, `seen_rows`,
        `baselines` with the same two figures each, `fair` (see `score_fairly`), `intervals`, the
        `calibration_rows` that they come from, and `slices`.
    """
    held = intervals.contain((test["estimated_points"] - test["points"]).to_numpy())
    test = test.assign(**{f"{WITHIN}{level}": marks for level, marks in held.items()})
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
        "fair": score_fairly(fair, parameters),
        "intervals": measure_intervals(intervals, test),
        "calibration_rows": intervals.rows,
        "slices": list_slices(test, parameters.slice_rows_min),
    }


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if len(values) else None


def mark_rows(test: pd.DataFrame, train: pd.Series, validation: pd.Series) -> pd.DataFrame:
    """Mark the test rows that the network has `seen` in train, and those that are `fair`.

    Args:
        test: with the digests of the descriptions.
        train: digests of the training descriptions.
        validation: digests of the validation descriptions.

    Returns:
        The test set with both columns. Fair are the rows whose text is in neither the training nor
        the validation set; of rows with the same text, the first alone.
    """
    digests = pa.chunked_array([pa.array(test[DIGESTS])])
    known = pa.array([*train, *validation], digests.type)
    return test.assign(
        seen=test[DIGESTS].isin(train), fair=mark_fair(digests, known).to_pandas().to_numpy()
    )


def predict_sides(
    workspace: Workspace, trained: Artifact, sides: dict[str, Artifact]
) -> list[pd.DataFrame]:
    """Read reviews, and let the saved network estimate the points of each."""
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
    """Predict the test set with the saved file and write predictions, intervals and figures."""
    sides = {"validation.parquet": validation, "test.parquet": test}
    chose, tested = predict_sides(workspace, trained, sides)
    distances = (chose["estimated_points"] - chose["points"]).to_numpy()
    intervals = calibrate(distances, parameters.interval_levels)
    tested["predicted_points"] = round_points(tested["estimated_points"].to_numpy())
    tested["error"] = tested["predicted_points"] - tested["points"]
    known = workspace.read_table(train, "train.parquet", [DIGESTS])[DIGESTS].to_pandas()
    tested = mark_rows(tested, known, chose[DIGESTS])
    theirs = workspace.read_table(baselines, PREDICTIONS).to_pandas().drop(columns="row_number")
    tested = tested.join(theirs.apply(round_points).add_prefix(BASELINE))
    figures = measure(tested, intervals, parameters)
    columns = ["row_number", "points", "estimated_points", "predicted_points", "error", DIGESTS]
    columns += ["seen", "fair", *baselines_of(tested)]
    workspace.write_table(pa.Table.from_pandas(tested[columns], preserve_index=False), PREDICTIONS)
    workspace.write_json(intervals.model_dump(), INTERVALS)
    workspace.write_json(figures, "figures.json")
    facts = ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
    return Output(facts={name: figures[name] for name in facts})
