"""Champion error: raw reviews + the champion -> its error on the reviews that are new to it.

Targets that are shuffled or attached to other texts keep their distribution, and slightly shifted
ones nearly so; only a model's error shows the damage.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from prefect import get_run_logger

from data_contracts.dataset import Dataset
from tasks.champions.copies import KNOWN
from tasks.configuration.errors import StoreError
from tasks.deliveries.partitions import read_partitions
from tasks.deliveries.references import ERROR, ChampionReference
from tasks.engine.stages import stage
from tasks.modelling.model_file import MODEL, explain_load_failure
from tasks.modelling.saved_errors import measure_errors
from tasks.modelling.statistics import bootstrap_means, percentile_interval
from tasks.modelling.texts import DIGEST_BYTES, DIGESTS, digest_texts, digests_to_numpy
from tasks.storage.artifacts import Artifact, Output
from tasks.storage.workspace import Workspace

if TYPE_CHECKING:
    from data_contracts.profile import ChampionError

ROWS_MAX = 4_000
"""Most reviews that are predicted; the interval then ends about 4 % above and below the MAE."""
ROWS_MIN = 50
BOOTSTRAP_SAMPLES = 1_000
FIGURES = "figures.json"


@stage("champion_error")
def measure_champion(
    workspace: Workspace, reviews: Artifact, champion: ChampionReference, dataset: Dataset
) -> Output:
    """Measure the champion's MAE on a sample of the reviews that it was not trained on.

    Writes null if there are fewer than ROWS_MIN of them, or if the champion's model is gone or
    cannot be loaded.

    Raises:
        StoreError: memory ran out, or a file of the champion cannot be read.
    """
    folder, error = workspace.store_root / champion.folder, None
    if not champion.folder:
        get_run_logger().warning("the files of the champion %s are gone", champion.version)
    else:
        sample = _choose_new_reviews(workspace, reviews, folder / KNOWN, dataset)
        if sample.num_rows >= ROWS_MIN:
            error = _measure(workspace, sample, folder, dataset)
    figures = error._asdict() if error else None
    workspace.write_json(figures, ERROR)
    return Output(facts=figures or {})


def _choose_new_reviews(
    workspace: Workspace, reviews: Artifact, known: Path, dataset: Dataset
) -> pa.Table:
    """Choose up to ROWS_MAX reviews whose text is new to the champion, by the texts' digests.

    Reviews without a text, or with a target that is missing or off the scale, are left out.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with workspace.explain_errors():
        seen = pq.read_table(known).column(0).combine_chunks()
    lowest = []
    for table in read_partitions(workspace, reviews, [dataset.text, dataset.target.name]):
        (low, high), targets = dataset.target.scale, table[dataset.target.name].to_numpy()
        on_scale = pa.array((low <= targets) & (targets <= high))
        table = table.filter(pc.and_(pc.is_valid(table[dataset.text]), on_scale))
        table = table.append_column(DIGESTS, digest_texts(table[dataset.text]))
        new = table.filter(pc.invert(pc.is_in(table[DIGESTS], seen)))
        lowest.append(_keep_lowest(new))
    return _keep_lowest(pa.concat_tables(lowest))


def _keep_lowest(reviews: pa.Table) -> pa.Table:
    """Keep the ROWS_MAX reviews with the lowest digests, in their order.

    So the choice is the same on every machine, and does not depend on the order of the rows.
    """
    keys = digests_to_numpy(reviews[DIGESTS]).view(f"S{DIGEST_BYTES}").ravel()
    rows = np.sort(np.argsort(keys, kind="stable")[:ROWS_MAX])
    return reviews.take(pa.array(rows))


def _measure(
    workspace: Workspace, sample: pa.Table, folder: Path, dataset: Dataset
) -> ChampionError | None:
    """Measure the error on a sample; None if the model cannot be loaded."""
    from data_contracts.profile import ERROR_CONFIDENCE, ChampionError

    with workspace.explain_errors():
        promoted = json.loads((folder / FIGURES).read_bytes())["fair"]["mae"]["network"]
    if not promoted:  # no ratio to an error of zero
        return None
    try:
        texts, actual = (sample[name] for name in (dataset.text, dataset.target.name))
        errors = measure_errors(
            folder / MODEL, [texts.to_pylist()], actual.to_numpy(), dataset.target
        )
    except StoreError:
        raise
    except Exception as error:  # a newer library may fail in any way on an undamaged file
        reason = explain_load_failure(folder / MODEL, error)
        get_run_logger().warning("the champion's error is not measured: %s", reason)
        return None
    means = bootstrap_means(errors, BOOTSTRAP_SAMPLES, seed=0)
    low, high = percentile_interval(means, ERROR_CONFIDENCE)
    digits = dataset.target.error_digits
    return ChampionError(len(errors), float(errors.mean()), low, high, promoted, digits)
