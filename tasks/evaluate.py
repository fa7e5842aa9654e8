"""Evaluate: the saved model + validation + test -> MAE, slices, predictions, their intervals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tasks.engine.artifacts import Artifact, Output
from tasks.engine.stages import stage
from tasks.engine.workspace import Workspace
from tasks.modelling.intervals import INTERVALS, Intervals, calibrate
from tasks.modelling.model_file import MODEL
from tasks.modelling.points import round_points
from tasks.modelling.slices import name_slices
from tasks.modelling.statistics import bootstrap_means, percentile_interval
from tasks.parameters import EvaluationParameters
from tasks.texts import DIGESTS, mark_fair

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


def measure_intervals(
    intervals: Intervals, test: pd.DataFrame, seen: pd.Series
) -> list[dict[str, Any]]:
    """Count how often the points of test reviews lie within their intervals.

    Returns:
        Of each `level` (in percent) the `half_width_points` (null where validation was too small),
        the `coverage` and the `coverage_unseen` (null when every row was seen).
    """
    return [
        {
            "level": level,
            "half_width_points": width,
            "coverage": float(test[f"{WITHIN}{level}"].mean()),
            "coverage_unseen": None
            if seen.all()
            else float(test.loc[~seen, f"{WITHIN}{level}"].mean()),
        }
        for level, width in intervals.half_widths_points.items()
    ]


def score(points: pd.Series, predicted: pd.Series, seen: pd.Series) -> dict[str, float | None]:
    """Compute the MAE in points on all test rows and on the unseen (null when there is none)."""
    from sklearn.metrics import mean_absolute_error

    unseen = ~seen
    return {
        "test_mae": float(mean_absolute_error(points, predicted)),
        "test_mae_unseen": float(mean_absolute_error(points[unseen], predicted[unseen]))
        if unseen.any()
        else None,
    }


def score_fairly(
    test: pd.DataFrame, baselines: pd.DataFrame, known: list[bytes]
) -> dict[str, float]:
    """Compute the MAE in points by which the network is judged against the baselines.

    Args:
        test: with the digests of the descriptions, `points` and `predicted_points`.
        baselines: estimates of each baseline, one column each, rows as in `test`.
        known: digests of the descriptions that trained or chose the network.

    Returns:
        Of the `network` and of each baseline on the rows whose text is not known, of a text that
        repeats the first alone; empty where there is none.
    """
    from sklearn.metrics import mean_absolute_error

    digests = pa.chunked_array([pa.array(test[DIGESTS])])
    fair = mark_fair(digests, pa.array(known, digests.type)).to_pandas()
    if not fair.any():
        return {}
    estimates = baselines.assign(network=test["predicted_points"])
    return {
        str(name): float(
            mean_absolute_error(test["points"][fair], round_points(estimates[name])[fair])
        )
        for name in estimates
    }


def measure(
    test: pd.DataFrame,
    seen: pd.Series,
    baselines: pd.DataFrame,
    intervals: Intervals,
    parameters: EvaluationParameters,
) -> dict[str, Any]:
    """Compute the figures of an evaluation.

    Args:
        test: with `points`, `estimated_points`, `predicted_points`, `error` and the columns that
            slices need.
        seen: whether each test row's description also stands in train.
        baselines: estimates of each baseline, one column each, rows as in `test`; they too are
            rounded to whole points.
        intervals: of the predictions.
        parameters: the bootstrap and the slices.

    Returns:
        `test_mae`, its interval, `test_mae_unseen` (null when every row was seen), `rows`,
        `seen_rows`, `baselines` with the same two figures each, `intervals`, the
        `calibration_rows` that they come from, and `slices`.
    """
    held = intervals.contain((test["estimated_points"] - test["points"]).to_numpy())
    test = test.assign(**{f"{WITHIN}{level}": marks for level, marks in held.items()})
    distances = test["error"].abs().to_numpy()
    means = bootstrap_means(distances, parameters.bootstrap_samples, parameters.seed)
    return {
        **score(test["points"], test["predicted_points"], seen),
        "test_mae_interval": percentile_interval(means, parameters.confidence),
        "rows": len(test),
        "seen_rows": int(seen.sum()),
        "baselines": {
            name: score(test["points"], round_points(baselines[name]), seen) for name in baselines
        },
        "intervals": measure_intervals(intervals, test, seen),
        "calibration_rows": intervals.rows,
        "slices": list_slices(test, parameters.slice_rows_min),
    }


@stage("evaluate")
def evaluate_model(
    workspace: Workspace,
    trained: Artifact,
    splits: Artifact,
    baselines: Artifact,
    parameters: EvaluationParameters,
) -> Output:
    """Predict the test set with the saved file and write predictions, intervals and figures."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tasks.modelling.serving import Predictor, load_model

    predict = Predictor(load_model(workspace.input_path(trained, MODEL)))

    def look_at(side: str) -> pd.DataFrame:
        reviews: pd.DataFrame = workspace.read_table(splits, f"{side}.parquet").to_pandas()
        reviews["estimated_points"] = predict(reviews["description"].tolist())
        return reviews

    validation, test = look_at("validation"), look_at("test")
    distances = (validation["estimated_points"] - validation["points"]).to_numpy()
    intervals = calibrate(distances, parameters.interval_levels)
    test["predicted_points"] = round_points(test["estimated_points"].to_numpy())
    test["error"] = test["predicted_points"] - test["points"]
    trained_on = workspace.read_table(splits, "train.parquet", [DIGESTS])[DIGESTS].to_pandas()
    seen = test[DIGESTS].isin(trained_on)
    theirs = workspace.read_table(baselines, "predictions.parquet").to_pandas()
    theirs = theirs.drop(columns="row_number")
    known = [*trained_on, *validation[DIGESTS]]
    figures = measure(test, seen, theirs, intervals, parameters)
    figures["fair_mae"] = score_fairly(test, theirs, known)
    columns = ["row_number", "points", "estimated_points", "predicted_points", "error", DIGESTS]
    predictions = pa.Table.from_pandas(test[columns].assign(seen=seen), preserve_index=False)
    workspace.write_table(predictions, "predictions.parquet")
    workspace.write_json(intervals.model_dump(), INTERVALS)
    workspace.write_json(figures, "figures.json")
    facts = {
        k: figures[k] for k in ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
    }
    return Output(facts=facts)
