"""Champion error: raw reviews + the champion -> its error on the reviews that are new to it.

Targets that are shifted, shuffled or attached to other texts have the distribution that they should
have: only a model that knows texts with their targets sees the damage.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from prefect import get_run_logger

from data_contracts.dataset import Dataset
from tasks.champions.copies import KNOWN
from tasks.deliveries.references import ERROR, ChampionReference
from tasks.engine.stages import stage
from tasks.modelling.model_file import MODEL, explain_load_failure
from tasks.modelling.rounding import round_to_step
from tasks.modelling.statistics import bootstrap_means, percentile_interval
from tasks.modelling.texts import digest_text
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

ROWS_MAX = 4_000
"""Reviews that are predicted; the interval of the MAE is then about 4 % wide."""
ROWS_MIN = 50
BOOTSTRAP_SAMPLES = 1_000
CONFIDENCE = 0.99
FIGURES = "figures.json"


@stage("champion_error")
def measure_champion(
    workspace: Workspace, reviews: Artifact, champion: ChampionReference, dataset: Dataset
) -> Output:
    """Measure the champion's MAE on a sample of the reviews that it was not trained on.

    Writes null if there are too few of them, or if the champion's model cannot be loaded.
    """
    columns = [dataset.text, dataset.target.name]
    table = workspace.read_table(reviews, "reviews.parquet", columns)
    folder = workspace.store_root / champion.folder
    figures = None
    if not (champion.folder and all((folder / n).is_file() for n in (KNOWN, MODEL, FIGURES))):
        get_run_logger().warning("the files of the champion %s are gone", champion.version)
        workspace.write_json(figures, ERROR)
        return Output(facts={"rows": 0})
    sample = _choose_new_reviews(workspace, table, folder / KNOWN, dataset)
    if sample.num_rows >= ROWS_MIN:
        errors = _measure_errors(sample, folder / MODEL, dataset)
        with workspace.explain_errors():
            promoted = json.loads((folder / FIGURES).read_bytes())["fair"]["mae"]["network"]
        if errors is not None and promoted:
            means = bootstrap_means(errors, BOOTSTRAP_SAMPLES, seed=0)
            low, high = percentile_interval(means, CONFIDENCE)
            figures = {"rows": len(errors), "mae": float(errors.mean()), "low": low, "high": high}
            figures |= {"promoted_mae": promoted}
    workspace.write_json(figures, ERROR)
    return Output(facts=figures or {"rows": sample.num_rows})


def _choose_new_reviews(
    workspace: Workspace, table: pa.Table, known: Path, dataset: Dataset
) -> pa.Table:
    """Choose up to ROWS_MAX reviews whose text is new to the champion, by the texts' digests."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    text, target = dataset.text, dataset.target
    low, high = (pa.scalar(bound, table[target.name].type) for bound in target.scale)
    on_scale = pc.and_(
        pc.greater_equal(table[target.name], low), pc.less_equal(table[target.name], high)
    )
    table = table.filter(pc.and_(pc.is_valid(table[text]), on_scale))
    with workspace.explain_errors():
        seen = set(pq.read_table(known).column(0).to_pylist())
    digests = [digest_text(review) for review in table[text].to_pylist()]
    new = [(digest, row) for row, digest in enumerate(digests) if digest not in seen]
    # By digest: the same choice on every machine, and whatever the order of the rows.
    rows = sorted(row for _, row in sorted(new)[:ROWS_MAX])
    return table.take(pa.array(rows, pa.int64()))


def _measure_errors(sample: pa.Table, model: Path, dataset: Dataset) -> NDArray[np.float64] | None:
    """Return the absolute errors on a sample, (rows,); None if the model cannot be loaded."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tasks.modelling.serving import load_model, predict

    try:
        estimated = predict(load_model(model), sample[dataset.text].to_pylist())
    except Exception as error:  # a newer library may fail in any way on an undamaged file
        reason = explain_load_failure(model, error)
        get_run_logger().warning("the champion's error is not measured: %s", reason)
        return None
    errors: NDArray[np.float64] = np.abs(
        round_to_step(estimated, dataset.target) - sample[dataset.target.name].to_numpy()
    )
    return errors
