"""Score: new reviews + the champion -> predictions and their intervals.

Reviews are read, checked, predicted and written in parts, so that large files fit into memory.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
from prefect import get_run_logger

from data_contracts.contract import Contract
from tasks.champions.champion import Champion
from tasks.champions.served_champion import ServedChampion
from tasks.configuration.errors import SourceError, UsageError
from tasks.configuration.parameters import IngestParameters
from tasks.engine.run import Run
from tasks.engine.stages import stage_task
from tasks.sources.fetched_bytes import SOURCE
from tasks.sources.kept_columns import KEPT, add_columns, add_fields
from tasks.sources.many_files import FileList
from tasks.sources.new_reviews import check_parts, read_ahead
from tasks.storage.artifacts import Artifact, digest_file
from tasks.storage.atomic_files import explain_os_errors, follow_links
from tasks.storage.replacing import replacing

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow.parquet as pq

    from tasks.sources.files_to_score import FilesToScore

LOG_SECONDS = 10.0


class Scores(NamedTuple):
    """Figures of a scored file.

    Attributes:
        rejected: number of reviews that break a critical rule.
        counts: number of scored reviews by the prediction, rounded to the bins of the target and
            written as a number, such as `88` or `3.5`.
        reasons: sentences that explain why there are no scores; empty if there are.
        seconds: for reading, checking, predicting and writing, without loading the model.
        notes: sentences about how the file was read.
    """

    rejected: int
    counts: dict[str, int]
    reasons: list[str]
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def scored(self) -> int:
        """Number of reviews with a prediction."""
        return sum(self.counts.values())


def rejects_path(output: Path) -> Path:
    """Return the path of the list of rejects, beside the scores."""
    return output.with_suffix(".rejects.csv")


def write_parts(
    model: ServedChampion,
    parts: Iterator[tuple[pd.DataFrame, pd.DataFrame]],
    scores: pq.ParquetWriter,
    rejects: IO[str],
    keep: Sequence[str],
) -> tuple[int, Counter[int]]:
    """Write the predictions of the reviews that pass the check, and list the rejects.

    Args:
        model: the champion.
        parts: as `check_parts` yields them.
        scores: writes the predictions.
        rejects: the CSV file for the rejects.
        keep: names of the kept columns.

    Returns:
        The number of rejected reviews, and `counts` as in `Scores`.
    """
    from tasks.pages.spreadsheet import write_rows

    rejected, counts, logged = 0, Counter[int](), time.monotonic()
    target = model.dataset.target
    # Closing ends the thread that reads ahead, also after an interrupt.
    with contextlib.closing(read_ahead(parts)) as read_parts:
        for number, (reviews, others) in enumerate(read_parts):
            if len(reviews):
                texts = reviews[model.dataset.text].tolist()
                scored = model.score(reviews["row_number"].to_numpy(), texts)
                scores.write_table(add_columns(scored, reviews, keep))
                counts.update(
                    np.rint(scored[target.predicted].to_numpy() / target.bin).astype(int).tolist()
                )
            others = others.rename(columns={f"{KEPT}{name}": name for name in keep})
            write_rows(rejects, others, header=number == 0, foreign=("value", *keep))
            rejected += others["row_number"].nunique()
            if time.monotonic() - logged > LOG_SECONDS:
                logged = time.monotonic()
                get_run_logger().info("%d reviews are scored so far", counts.total())
    return rejected, counts


def write_files(
    model: ServedChampion,
    parts: Iterator[tuple[pd.DataFrame, pd.DataFrame]],
    output: Path,
    origin: dict[str, str],
    keep: Sequence[str] = (),
) -> tuple[int, Counter[int]]:
    """Write the scores, if there are any, and the list of rejects, each file atomically.

    Args:
        model: the champion.
        parts: as `check_parts` yields them.
        output: the file of scores.
        origin: the lineage for the metadata of the file.
        keep: names of the kept columns.

    Returns:
        As `write_parts` does.
    """
    import pyarrow.parquet as pq

    schema = add_fields(model.schema(), keep)
    with (
        # Not the whole tree: the store, which the source is read from, may lie below this folder.
        explain_os_errors(output.parent, "--output", whole_tree=False),
        explain_os_errors(follow_links(output).parent, "--output", whole_tree=False),
        replacing(rejects_path(output), output) as (rejects, scores),
    ):
        with (
            pq.ParquetWriter(scores, schema, compression="zstd") as writer,
            rejects.open("w", encoding="utf-8", newline="") as file,
        ):
            rejected, counts = write_parts(model, parts, writer, file, keep)
            file.flush()
            # The two files are replaced one after the other; the digest tells whether they match.
            metadata = {"model_version": model.version, "rejects_sha256": digest_file(rejects)}
            writer.add_key_value_metadata(origin | metadata)
        if not counts:
            os.truncate(scores, 0)
        return rejected, counts


def score(
    run: Run,
    source: Artifact,
    champion: Champion,
    output: Path,
    contract: Contract,
    parameters: IngestParameters,
    keep: Sequence[str] = (),
) -> Scores:
    """Write predictions for the reviews that keep the critical rules, and list the rejects.

    Args:
        run: its store holds the champion.
        source: the fetched files.
        champion: the champion.
        output: the file of scores, replaced just after the rejects; without scores it stays.
        contract: of the champion.
        parameters: how the file is read.
        keep: names of columns to copy into the scores and the rejects.

    Raises:
        PipelineError: the file is no table, the champion cannot be loaded, or an output
            cannot be written; or see `find_kept`.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from tasks.sources.files_to_score import FilesToScore

    opened = FileList.read(run.store, source).open(run.store, source)
    paths = {name: run.store.path_of(file, SOURCE) for name, file in opened.items()}
    files = FilesToScore(paths, contract, parameters, keep)
    origin = {"source_sha256": source.digest, "contract_version": contract.version}
    try:
        return _score_files(run, files, champion, output, contract, origin)
    except (SourceError, UsageError) as error:
        raise type(error)(f"{run.source}: {error}") from error


def _score_files(
    run: Run,
    files: FilesToScore,
    champion: Champion,
    output: Path,
    contract: Contract,
    origin: dict[str, str],
) -> Scores:
    if reasons := files.find_reasons():
        return Scores(0, {}, reasons, 0.0)
    dataset = contract.dataset
    model = ServedChampion(run.store, champion, dataset)
    started = time.monotonic()
    parts = check_parts(files.read(model.schema().names), contract)
    rejected, counts = write_files(model, parts, output, origin, files.kept)
    run.store.share(rejects_path(output), *([output] if counts else []))
    reasons = [] if counts else [_explain_no_scores(rejected)]
    # 15 digits: 3 * 0.1 is not 0.3.
    bins = {f"{level * dataset.target.bin:.15g}": n for level, n in sorted(counts.items())}
    return Scores(rejected, bins, reasons, time.monotonic() - started, tuple(files.notes))


def _explain_no_scores(rejected: int) -> str:
    if not rejected:
        return "There is no review in the file."
    if rejected == 1:
        return "The only review breaks the contract's critical rules about its text."
    return f"None of the {rejected:,} reviews keeps the contract's critical rules about its text."


score_reviews: Any = stage_task(name="score_reviews")(score)
"""`score` as a Prefect task."""
