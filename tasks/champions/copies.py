"""The names of the files that are copied for a champion."""

from __future__ import annotations

from tasks.modelling.model_file import MODEL

KNOWN = "known.parquet"
"""Digests of the texts of the training and validation set."""
PROFILE = "profile.json"
"""Profile of the training data, which later deliveries are compared with; the name equals
`data_contracts.profile.PROFILE`, whose import takes half a second."""
SAMPLE = "sample.parquet"
"""A sample of the test reviews with the evaluation's predictions."""

COPIES = {
    MODEL: "train",
    KNOWN: "promote",
    PROFILE: "promote",
    SAMPLE: "promote",
    "decision.json": "promote",
    "figures.json": "evaluate",
    "intervals.json": "evaluate",
}
"""The files of a champion, and the stage that writes each."""
