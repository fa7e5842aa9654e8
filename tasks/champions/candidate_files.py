"""Writes the files that a candidate needs to become the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from data_contracts.dataset import Dataset
from tasks.champions.comparison import Comparison
from tasks.champions.copies import KNOWN, PROFILE, SAMPLE
from tasks.champions.reproduction import choose_sample
from tasks.modelling.predictions import PREDICTIONS
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact
from tasks.storage.stored_table import StoredTable
from tasks.storage.workspace import GROUP_ROWS, Workspace

if TYPE_CHECKING:
    from data_contracts.profile import Profile


def write_copies(
    workspace: Workspace, comparison: Comparison, train: Artifact, validation: Artifact
) -> None:
    """Write the files that a champion needs and that no other stage writes.

    These are the digests of its training and validation texts, the profile that later
    deliveries are compared with, and a sample of its predictions.
    """
    import pyarrow.compute as pc

    reviews = workspace.open_table(train, "train.parquet")
    validated = workspace.read_table(validation, "validation.parquet", [DIGESTS])
    known = pc.unique(pa.concat_tables([reviews.read([DIGESTS]), validated])[DIGESTS])
    workspace.write_table(pa.table({DIGESTS: known}), KNOWN)
    profile = _profile(reviews, comparison.dataset)
    workspace.write_json(profile.model_dump(mode="json"), PROFILE)
    test = workspace.read_table(comparison.test, "test.parquet", [comparison.dataset.text])
    estimated = workspace.read_table(comparison.evaluated, PREDICTIONS, ["estimated"])
    sample = choose_sample(test[comparison.dataset.text], estimated["estimated"])
    workspace.write_table(sample, SAMPLE)


def _profile(reviews: StoredTable, dataset: Dataset) -> Profile:
    from data_contracts.counted_rows import MergedCounts
    from data_contracts.partition import list_counted_for_profile
    from data_contracts.profile import profile_reviews

    columns = [name for name in reviews.columns if name != DIGESTS]
    asked = list_counted_for_profile(columns, dataset)
    counts = MergedCounts.of(reviews.batches(GROUP_ROWS, columns), asked)
    return profile_reviews(counts, columns, dataset)
