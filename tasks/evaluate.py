"""Evaluate: the saved model + validation + test -> MAE, slices, predictions and intervals."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.dataset import Dataset
from tasks.configuration.parameters import EvaluationParameters
from tasks.engine.stages import stage
from tasks.modelling.intervals import INTERVALS, Intervals, calibrate
from tasks.modelling.model_file import MODEL
from tasks.modelling.predictions import (
    BASELINE,
    NETWORK,
    PREDICTIONS,
    absolute_errors,
)
from tasks.modelling.rounding import round_to_step
from tasks.modelling.slices import read_slices
from tasks.modelling.statistics import bootstrap_means, percentile_interval
from tasks.modelling.texts import DIGESTS, mark_fair
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.stored_table import StoredTable
from tasks.storage.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from tasks.modelling.serving import Predictor

WITHIN = "within_"
"""Prefix of the columns that tell, by level, whether a review's target is in its interval."""


def list_slices(
    test: pd.DataFrame, slices_by_kind: dict[str, pd.Series], rows_min: int
) -> list[dict[str, Any]]:
    """Measure the MAE of each slice.

    Args:
        test: with `error`, and a column such as `within_80` for each level of the intervals.
        slices_by_kind: the slice of each row; see `name_slices`.
        rows_min: smaller slices are left out.

    Returns:
        Slices with `by`, `slice`, `rows`, `mae` and `bias` (mean of predicted - actual), and
        `coverage` by level. Bands of numbers come in their order, values of texts by the number of
        their rows.
    """
    within = [name for name in test.columns if name.startswith(WITHIN)]
    slices = []
    for by, names in slices_by_kind.items():
        groups = test.groupby(names.array)
        measured = groups["error"].agg(rows="size", mae=lambda e: e.abs().mean(), bias="mean")
        covered = groups[within].mean().rename(columns=lambda name: name.removeprefix(WITHIN))
        measured = measured[measured["rows"] >= rows_min]
        if names.dtype != "category":
            measured = measured.sort_values("rows", ascending=False)
        slices += [
            {"by": by, "slice": str(name), "rows": int(row.rows), "mae": row.mae, "bias": row.bias}
            | {"coverage": covered.loc[name].to_dict()}
            for name, row in measured.iterrows()
        ]
    return slices


def measure_intervals(intervals: Intervals, test: pd.DataFrame) -> list[dict[str, Any]]:
    """Measure the coverage of the prediction intervals on the test set.

    Returns:
        For each `level` (in percent) `half_width` (null if the validation set is too small),
        `coverage` and `coverage_unseen` (null if every row was seen).
    """
    unseen = test[~test["seen"]]
    return [
        {
            "level": level,
            "half_width": width,
            "coverage": float(test[f"{WITHIN}{level}"].mean()),
            "coverage_unseen": _mean(unseen[f"{WITHIN}{level}"].to_numpy()),
        }
        for level, width in intervals.half_widths.items()
    ]


def measure_fair_rows(
    errors: dict[str, NDArray[np.float64]], parameters: EvaluationParameters
) -> dict[str, Any]:
    """Measure the MAE on the fair rows, which the promotion uses.

    Args:
        errors: absolute errors on the fair rows by model, each (rows,).
        parameters: resamples and confidence of the interval.

    Returns:
        `rows`, `mae` by model, and `interval` of the network's MAE. Without any fair row
        the figures are null.
    """
    network, interval = errors[NETWORK], None
    if len(network):
        means = bootstrap_means(network, parameters.bootstrap_samples, parameters.seed)
        interval = percentile_interval(means, parameters.confidence)
    maes = {name: _mean(distances) for name, distances in errors.items()}
    return {"rows": len(network), "mae": maes, "interval": interval}


def measure(
    test: pd.DataFrame,
    slices_by_kind: dict[str, pd.Series],
    intervals: Intervals,
    parameters: EvaluationParameters,
) -> dict[str, Any]:
    """Compute the figures of an evaluation.

    Args:
        test: with `actual`, `estimated`, `predicted`, `error`, a column of predictions for each
            baseline, `seen` and `fair`.
        slices_by_kind: the slice of each row; see `name_slices`.
        intervals: of the predictions.
        parameters: of the bootstrap and the slices.

    Returns:
        `test_mae`, `test_mae_unseen` (null if every row was seen), `rows`, `seen_rows`,
        `baselines` with both MAEs each, `fair` (see `measure_fair_rows`), `intervals`,
        `calibration_rows` (reviews that the intervals were measured on), and `slices`.
    """
    within = intervals.contain((test["estimated"] - test["actual"]).to_numpy())
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
        "slices": list_slices(test, slices_by_kind, parameters.slice_rows_min),
    }


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if len(values) else None


def mark_rows(
    test: pd.DataFrame, train: pa.ChunkedArray, validation: pa.ChunkedArray
) -> pd.DataFrame:
    """Add the columns `seen` and `fair` to the test set.

    A row is seen if its text is in the training set. It is fair if its text is in neither the
    training nor the validation set, and in no earlier test row.

    Args:
        test: with the digests of the texts.
        train: digests of the training texts.
        validation: digests of the validation texts.
    """
    import pyarrow.compute as pc

    digests = pa.chunked_array([pa.array(test[DIGESTS], train.type)])
    seen = pc.is_in(digests, train.combine_chunks())
    fair = mark_fair(digests, pa.concat_arrays([*train.chunks, *validation.chunks]))
    return test.assign(seen=seen.to_numpy(), fair=fair.to_numpy())


def predict_side(predict: Predictor, reviews: StoredTable, dataset: Dataset) -> pd.DataFrame:
    """Predict the reviews of a side of the split; return `actual` and `estimated` targets."""
    import pandas as pd

    target = dataset.target.name
    estimated = np.concatenate([predict(texts) for texts in reviews.texts(dataset.text)])
    return pd.DataFrame(
        {"actual": reviews.read([target])[target].to_pandas(), "estimated": estimated}
    )


@stage("evaluate")
def evaluate_model(
    workspace: Workspace,
    trained: Artifact,
    train: Artifact,
    validation: Artifact,
    test: Artifact,
    baselines: Artifact,
    dataset: Dataset,
    parameters: EvaluationParameters,
) -> Output:
    """Predict the test set with the saved model; write predictions, intervals and figures."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tasks.modelling.serving import Predictor, load_model

    predict = Predictor(load_model(workspace.input_path(trained, MODEL)))
    calibrated = workspace.open_table(validation, "validation.parquet")
    reviews = workspace.open_table(test, "test.parquet")
    calibration, result = (predict_side(predict, side, dataset) for side in (calibrated, reviews))
    errors = (calibration["estimated"] - calibration["actual"]).to_numpy()
    intervals = calibrate(errors, parameters.interval_levels)
    identified = reviews.read(["row_number", DIGESTS]).to_pandas()
    result.insert(0, "row_number", identified["row_number"])
    result[DIGESTS] = identified[DIGESTS]
    result["predicted"] = round_to_step(result["estimated"], dataset.target)
    result["error"] = result["predicted"] - result["actual"]
    trained_on = workspace.read_table(train, "train.parquet", [DIGESTS])[DIGESTS]
    result = mark_rows(result, trained_on, calibrated.read([DIGESTS])[DIGESTS])
    baseline = workspace.read_table(baselines, PREDICTIONS).to_pandas().drop(columns="row_number")
    result = result.join(round_to_step(baseline, dataset.target).add_prefix(BASELINE))
    figures = measure(result, read_slices(reviews, dataset), intervals, parameters)
    workspace.write_table(pa.Table.from_pandas(result, preserve_index=False), PREDICTIONS)
    workspace.write_json(intervals.model_dump(), INTERVALS)
    workspace.write_json(figures, "figures.json")
    facts = ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
    return Output(facts={name: figures[name] for name in facts})
