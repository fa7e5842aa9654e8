"""Evaluate: the saved model + test -> MAE, interval, slices, predictions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tasks.engine.artifacts import Artifact, Output
from tasks.engine.stages import stage
from tasks.engine.workspace import Workspace
from tasks.modelling.slices import name_slices
from tasks.modelling.statistics import bootstrap_means, percentile_interval
from tasks.parameters import EvaluationParameters

if TYPE_CHECKING:
    import pandas as pd


def list_slices(test: pd.DataFrame, rows_min: int) -> list[dict[str, Any]]:
    """Measure the MAE of each country, variety, price band and length band.

    Args:
        test: with `country`, `variety`, `price`, `description`, `error` and `predicted_points`.
        rows_min: smaller slices are left out.

    Returns:
        Slices with `by`, `slice`, `rows`, `mae` and `bias` (mean of predicted - actual), in points;
        the largest first within each kind.
    """
    slices = []
    for by, keys in name_slices(test).items():
        measured = test.groupby(keys)["error"].agg(
            rows="size", mae=lambda e: e.abs().mean(), bias="mean"
        )
        measured = measured[measured["rows"] >= rows_min].sort_values("rows", ascending=False)
        slices += [
            {"by": by, "slice": str(name), "rows": int(row.rows), "mae": row.mae, "bias": row.bias}
            for name, row in measured.iterrows()
        ]
    return slices


def measure(
    test: pd.DataFrame, seen: pd.Series, baselines: pd.DataFrame, parameters: EvaluationParameters
) -> dict[str, Any]:
    """Compute the figures of an evaluation.

    Args:
        test: with `points`, `predicted_points`, `error` and the columns that slices need.
        seen: whether each test row's description also stands in train.
        baselines: predictions of each baseline, one column each, rows as in `test`.
        parameters: the bootstrap and the slices.

    Returns:
        `test_mae`, its interval, `test_mae_unseen` (null when every row was seen), `rows`,
        `seen_rows`, `baselines` with the same two figures each, and `slices`.
    """
    from sklearn.metrics import mean_absolute_error

    means = bootstrap_means(
        test["error"].abs().to_numpy(), parameters.bootstrap_samples, parameters.seed
    )

    def score(predicted: pd.Series) -> dict[str, float | None]:
        unseen = ~seen
        return {
            "test_mae": float(mean_absolute_error(test["points"], predicted)),
            "test_mae_unseen": float(
                mean_absolute_error(test.loc[unseen, "points"], predicted[unseen])
            )
            if unseen.any()
            else None,
        }

    return {
        **score(test["predicted_points"]),
        "test_mae_interval": percentile_interval(means, parameters.confidence),
        "rows": len(test),
        "seen_rows": int(seen.sum()),
        "baselines": {name: score(baselines[name]) for name in baselines},
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
    """Predict the test set with the saved file and write predictions and figures."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tasks.modelling.serving import load_model, predict

    test = workspace.read_table(splits, "test.parquet").to_pandas()
    known = workspace.read_table(splits, "train.parquet", ["description_sha256"]).to_pandas()
    model = load_model(workspace.input_path(trained, "model.keras"))
    test["predicted_points"] = predict(model, test["description"].tolist())
    test["error"] = test["predicted_points"] - test["points"]
    seen = test["description_sha256"].isin(known["description_sha256"])
    theirs = workspace.read_table(baselines, "predictions.parquet").to_pandas()
    figures = measure(test, seen, theirs.drop(columns="row_number"), parameters)
    columns = ["row_number", "points", "predicted_points", "error", "description_sha256"]
    predictions = pa.Table.from_pandas(test[columns].assign(seen=seen), preserve_index=False)
    workspace.write_table(predictions, "predictions.parquet")
    workspace.write_json(figures, "figures.json")
    facts = {
        k: figures[k] for k in ("test_mae", "test_mae_unseen", "baselines", "rows", "seen_rows")
    }
    return Output(facts=facts)
