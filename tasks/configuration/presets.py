"""The presets: named settings of a whole run.

`demo`, `notebook` and `full` are fixed. `auto` chooses sizes from the number of training rows, and
the sequence length from the texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from tasks.configuration.base_parameters import Parameters
from tasks.configuration.parameters import (
    NetworkParameters,
    SplitParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.configuration.settings import Settings
from tasks.modelling.sides import TEST_FRACTION

Preset = Literal["demo", "notebook", "full", "auto"]
Overrides = Mapping[str, Parameters | None]
"""Settings by stage that replace those of a preset."""


class Size(NamedTuple):
    """Sizes that `auto` chooses for training sets of at least so many reviews.

    The other attributes are settings of the vectorizer, the network and the training.
    """

    train_rows: int
    vocabulary_size: int
    bigram_buckets: int
    embedding_units: int
    lstm_units: int
    batch_size: int
    epochs: int


SIZES = (
    Size(0, 3_000, 16_383, 50, 24, 16, 25),
    Size(1_000, 5_000, 32_767, 50, 24, 32, 20),
    Size(5_000, 10_000, 65_535, 100, 48, 64, 12),
    Size(20_000, 14_000, 131_071, 100, 48, 128, 8),
    Size(50_000, 14_000, 131_071, 100, 48, 256, 6),
    Size(250_000, 30_000, 262_143, 128, 64, 512, 4),
)
"""The sizes of `auto`; docs/explanation/presets.md says on which results they are based."""

SIZE_FIELDS = {
    "vectorizer": ("vocabulary_size",),
    "network": ("bigram_buckets", "embedding_units", "lstm_units"),
    "training": ("batch_size", "epochs"),
}
"""By stage, the settings that a `Size` sets."""
CHOSEN = frozenset(
    {"split.test_fraction", "vectorizer.sequence_length"}
    | {f"{stage}.{field}" for stage, fields in SIZE_FIELDS.items() for field in fields}
)
"""The settings that `auto` chooses."""
SPLIT_CHOICES = SplitParameters.model_fields.keys() - {"train_sample_rows", "seed"}
"""Fields of the split; if a caller sets one, `auto` leaves the split alone."""

SEQUENCE_LENGTH_MAX = 400
"""Longest sequence that `auto` chooses, in tokens; longer ones make training slower."""
PUNCTUATION_SHARE = 1.25
"""Tokens with punctuation marks for each token without them."""
TEST_ROWS = 500
"""Size of the test set of `auto`, unless a tenth of the reviews is more. A promotion needs 100, and
a test set that got smaller as a file grows would deny promotions."""
TEST_FRACTION_MAX = 0.4


def settle(
    preset: Preset, overrides: Overrides, facts: Mapping[str, Any] = MappingProxyType({})
) -> Settings:
    """Return the settings of a preset with those that a caller set.

    Args:
        preset: its name.
        overrides: settings by stage.
        facts: of the validation and of the split, as far as they are known. Without them `auto`
            has the settings of `full`.

    Raises:
        UsageError: an overriding field has no effect; see `Settings.with_overrides`.
    """
    settings = PRESETS[preset]
    if preset == "auto" and "tokens_p999" in facts and not _has_own_split(overrides):
        chosen = choose_split(facts["rows"] - facts["rejected"])
        settings = settings.model_copy(update={"split": chosen})
    if preset == "auto" and "train" in facts:
        settings = choose_sizes(settings, facts["train"], facts["tokens_p999"])
    return settings.with_overrides(overrides)


def list_chosen(preset: Preset, overrides: Overrides) -> list[str]:
    """List the settings (`stage.field`) that the preset chooses by the reviews, not the caller."""
    if preset != "auto":
        return []
    given = {stage: fields.model_fields_set for stage, fields in overrides.items() if fields}
    own = {f"{stage}.{field}" for stage, fields in given.items() for field in fields}
    return sorted(CHOSEN - own - ({"split.test_fraction"} if _has_own_split(overrides) else set()))


def _has_own_split(overrides: Overrides) -> bool:
    split = overrides.get("split")
    return split is not None and bool(split.model_fields_set & SPLIT_CHOICES)


def choose_split(rows: int) -> SplitParameters:
    """Choose the split of this number of reviews."""
    wanted = round(TEST_ROWS / max(rows, 1), 2)
    fraction = min(wanted, TEST_FRACTION_MAX)
    return SplitParameters(test_fraction=fraction if fraction > TEST_FRACTION else None)


def choose_sizes(settings: Settings, train_rows: int, tokens_p999: int) -> Settings:
    """Choose the sizes.

    Args:
        settings: all other settings.
        train_rows: number of training reviews.
        tokens_p999: 99.9th percentile of the texts' lengths in tokens, without punctuation.
    """
    size = max(size for size in SIZES if size.train_rows <= train_rows)
    # In tens, so that a few more reviews rarely change it.
    length = 10 * math.ceil(PUNCTUATION_SHARE * tokens_p999 / 10)
    chosen = {stage: {f: getattr(size, f) for f in fields} for stage, fields in SIZE_FIELDS.items()}
    chosen["vectorizer"]["sequence_length"] = min(max(length, 10), SEQUENCE_LENGTH_MAX)
    stages = {stage: getattr(settings, stage).model_copy(update=c) for stage, c in chosen.items()}
    return settings.model_copy(update=stages)


PRESETS: dict[Preset, Settings] = {
    "demo": Settings(
        network=NetworkParameters(embedding_units=64),
        training=TrainingParameters(epochs=6, learning_rate=5e-3),
    ),
    "notebook": Settings(
        # The notebook trains on 80,000 and validates on 20,000 of 129,971 rows.
        split=SplitParameters(
            strategy="positional",
            validation_fraction=0.154,
            test_fraction=0.231,
            train_sample_rows=10_000,
        ),
    ),
    "full": Settings(
        vectorizer=VectorizerParameters(
            vocabulary_size=14_000, sequence_length=120, punctuation="keep"
        ),
        network=NetworkParameters(
            embedding_units=100,
            embedding_start="neighbours",
            embedding_dropout=0.3,
            word_dropout=0.15,
            lstm_units=48,
            bidirectional=True,
            pooling="mean_max",
            pooled_dropout=0.3,
            bigram_buckets=131_071,
            log_scale=True,
            auxiliary_targets=True,
        ),
        training=TrainingParameters(
            epochs=6, batch_size=256, learning_rate=3e-3, warmup_fraction=0.05
        ),
    ),
}
PRESETS["auto"] = PRESETS["full"]
