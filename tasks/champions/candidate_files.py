"""Writes the files that a candidate needs to become the champion."""

from __future__ import annotations

import pyarrow as pa

from tasks.champions.comparison import Comparison
from tasks.champions.copies import KNOWN, PROFILE, SAMPLE
from tasks.champions.reproduction import choose_sample
from tasks.modelling.predictions import PREDICTIONS
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact
from tasks.storage.workspace import Workspace


def write_copies(
    workspace: Workspace, comparison: Comparison, train: Artifact, validation: Artifact
) -> None:
    """Write the files that a champion needs and that no other stage writes.

    These are the digests of its training and validation texts, the profile that later
    deliveries are compared with, and a sample of its predictions.
    """
    import pyarrow.compute as pc

    from data_contracts.counted_rows import FrameCounts
    from data_contracts.profile import profile_reviews

    reviews = workspace.read_table(train, "train.parquet")
    validated = workspace.read_table(validation, "validation.parquet", [DIGESTS])
    known = pc.unique(pa.concat_tables([reviews.select([DIGESTS]), validated])[DIGESTS])
    workspace.write_table(pa.table({DIGESTS: known}), KNOWN)
    reviews = reviews.drop_columns(DIGESTS)
    dataset = comparison.dataset
    profile = profile_reviews(FrameCounts(reviews), reviews.column_names, dataset)
    workspace.write_json(profile.model_dump(mode="json"), PROFILE)
    test = workspace.read_table(comparison.test, "test.parquet", [dataset.text])
    estimated = workspace.read_table(comparison.evaluated, PREDICTIONS, ["estimated"])
    sample = choose_sample(test[dataset.text], estimated["estimated"])
    workspace.write_table(sample, SAMPLE)
