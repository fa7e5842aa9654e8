"""The names of what a champion keeps of its own, part of what a decision writes."""

from __future__ import annotations

from tasks.modelling.model_file import MODEL

KNOWN = "known.parquet"
"""Digests of the descriptions that trained or chose the model."""
PROFILE = "profile.json"
"""Counts of the training data, with which later deliveries are compared; the name is that of
data_contracts.profile, which takes half a second to import."""
SAMPLE = "sample.parquet"
"""Some test reviews, and what the evaluation predicted for them."""

COPIES = {
    MODEL: "train",
    KNOWN: "promote",
    PROFILE: "promote",
    SAMPLE: "promote",
    "decision.json": "promote",
    "figures.json": "evaluate",
    "intervals.json": "evaluate",
}
"""The files that a champion keeps, and the stage whose output each is of."""
