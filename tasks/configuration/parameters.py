"""The settings of each stage, one frozen model per stage."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from tasks.configuration.base_parameters import Parameters

FORMAT_VERSION = 1
"""Enters cache keys in place of this module's code; raise it when a field's meaning changes."""

Fraction = Annotated[float, Field(ge=0, lt=1)]
Rows = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
AuxiliaryTargetName = Literal["price", "variety", "province", "country", "taster_name"]
SliceKind = Literal["country", "variety", "price", "length"]
Level = Annotated[float, Field(ge=0.5, le=0.999)]

UNITS_MAX = 2_048
"""46,000 vectors of this length take 1.1 GB with Adam's two moments.

This and the other upper bounds catch typing errors, which would otherwise end in an out-of-memory
error of TensorFlow.
"""


class FetchParameters(Parameters):
    """How a source is fetched and checked."""

    demo_rows: Rows = 8_000
    """Number of made-up reviews, for the source `demo`."""
    demo_seed: Seed = 0
    """Seed of the made-up reviews."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Expected SHA-256 of the source, in lower-case hexadecimal digits."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 30.0
    """How long a server may stay silent before the download is tried again."""
    bytes_max: Annotated[int, Field(gt=0)] = 4 * 1024**3
    """Largest download accepted."""


class IngestParameters(Parameters):
    """Limits for reading a CSV from an untrusted source."""

    unpacked_bytes_max: Annotated[int, Field(gt=0)] = 4 * 1024**3
    """Largest CSV accepted after unpacking."""
    unpacked_ratio_max: Annotated[float, Field(gt=1)] = 100.0
    """Largest accepted ratio of unpacked to packed bytes; text packs about 3 to 10 times."""
    field_bytes_max: Annotated[int, Field(gt=0, le=16 * 1024**2)] = 1024**2
    """Largest single field accepted."""


class SplitParameters(Parameters):
    """Which reviews are the training, validation and test set."""

    strategy: Literal["positional", "hash"] = "hash"
    """`positional`: by row number in the file; `hash`: by the text, so repeats stay together."""
    train_end_row: Rows = 80_000
    """First row after the training set (positional, without fractions)."""
    validation_end_row: Rows = 100_000
    """First row after the validation rows (positional, without fractions); the rest is the test
    set."""
    validation_fraction: Fraction | None = None
    """Share of the validation set: of the distinct descriptions (hash) or of the rows
    (positional); none: 0.15. The positional split without any fraction goes by the end rows."""
    test_fraction: Fraction | None = None
    """Share of the test set, likewise; none: 0.1."""
    train_sample_rows: Rows | None = None
    """Train on a random sample of this many of the training rows; none: on all."""
    seed: Seed = 0
    """Seed of that sample."""


class VectorizerParameters(Parameters):
    """How texts become token numbers."""

    old_names: ClassVar[dict[str, str]] = {"signs": "punctuation"}

    vocabulary_size: Annotated[int, Field(ge=3, le=46_000)] = 10_000
    """Most frequent tokens that are kept, padding and unknown token included; at most 46,000,
    because a pair of tokens is numbered in 32 bits."""
    sequence_length: Annotated[int, Field(ge=1, le=5_000)] = 100
    """Tokens read of each review; longer ones are cut, shorter ones padded on the right."""
    punctuation: Literal["strip", "keep"] = "strip"
    """`keep`: punctuation marks and numbers are tokens of their own; `strip`: marks are removed."""


class ModelParameters(Parameters):
    """Base class of the parameters of a model type; see tasks/modelling/model_types.py.

    Attributes:
        trained_by: the module that trains models of the type.
    """

    trained_by: ClassVar[str]


class NetworkParameters(ModelParameters):
    """The shape of the network."""

    trained_by = "tasks.modelling.network_training"
    old_names: ClassVar[dict[str, str]] = {"companions": "auxiliary_targets", "spread": "log_scale"}

    embedding_units: Annotated[int, Field(ge=1, le=UNITS_MAX)] = 300
    """Length of each token's vector."""
    embedding_start: Literal["random", "neighbours"] = "random"
    """`neighbours`: initial vectors from the co-occurrence of words in the training texts."""
    embedding_dropout: Fraction = 0.0
    """Share of each token's vector dropped in training."""
    word_dropout: Fraction = 0.0
    """Share of the words replaced by the unknown token in training."""
    lstm_units: Annotated[int, Field(ge=0, le=UNITS_MAX)] = 32
    """Length of the LSTM's state, in each direction; 0: the vectors are pooled without LSTM."""
    bidirectional: bool = False
    """Read from both ends; without effect if there is no LSTM."""
    pooling: Literal["last", "mean_max"] = "last"
    """`last`: the LSTM's last state; `mean_max`: mean and maximum of all states. Without an LSTM,
    mean and maximum of the vectors."""
    pooled_dropout: Fraction = 0.0
    """Share of the pooled state dropped in training."""
    bigram_buckets: Annotated[int, Field(ge=0, le=2**24)] = 0
    """Weights for pairs of neighbouring words, beside one for each word; 0: no such wide part."""
    log_scale: bool = False
    """Predict the scale of the error in points too, and learn by the likelihood of both."""
    auxiliary_targets: tuple[AuxiliaryTargetName, ...] = ()
    """Auxiliary targets: columns that training predicts beside the points; never inputs."""


class TrainingParameters(Parameters):
    """How the model is trained."""

    model: str = "network"
    """Type of the model: `network`, or the settings of another type by their name."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 3
    """Passes over the training rows."""
    batch_size: Annotated[int, Field(ge=1, le=2**16)] = 64
    """Reviews per step, over all devices."""
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    """Adam's largest learning rate."""
    learning_rate_schedule: Literal["constant", "cosine"] = "cosine"
    """`cosine` falls to zero over all epochs (Loshchilov & Hutter 2017, without restarts)."""
    warmup_fraction: Fraction = 0.0
    """Share of all steps over which the learning rate rises from a tenth to its largest; without
    effect in the schedule `constant`."""
    early_stopping_patience_epochs: Annotated[int, Field(ge=1)] | None = None
    """Stop after this many epochs without a better validation MAE; none: never."""
    seed: Seed = 0
    """Seed of the initial weights, the order of the reviews and the dropout."""
    deterministic: bool = False
    """Train the same weights again on the same machine, at some cost in speed."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """`auto` takes all GPUs where there are any; `gpu` fails where there is none."""
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """Number format of the computations on a GPU; weights are always float32."""


class BaselineParameters(Parameters):
    """The baselines that a candidate has to beat."""

    ridge_alpha: Annotated[float, Field(gt=0)] = 1.0
    """L2 penalty of the ridge regression."""
    document_count_min: Annotated[int, Field(ge=1)] = 3
    """Fewest training reviews that a word or bigram must be in."""


class EvaluationParameters(Parameters):
    """How the model is evaluated on the test set."""

    bootstrap_samples: Annotated[int, Field(ge=100)] = 1_000
    """Resamples for the interval around the MAE."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Coverage of that interval."""
    slice_rows_min: Rows = 50
    """Smallest slice (of country, variety, price band, length) that the report lists."""
    interval_levels: tuple[Level, ...] = (0.8, 0.95)
    """Levels of the prediction intervals: shares of new reviews whose points they contain."""
    worst_count: Annotated[int, Field(ge=0)] = 20
    """Worst predictions shown with their text."""
    seed: Seed = 0
    """Seed of the resamples."""


class PromotionParameters(Parameters):
    """When a candidate becomes the champion."""

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """One-sided confidence of the paired bootstrap, against the champion and each baseline."""
    bootstrap_samples: Annotated[int, Field(ge=100)] = 2_000
    """Resamples of the paired difference."""
    fair_rows_min: Rows = 100
    """Fewest test rows whose text is in no model's training or validation set; on fewer, no
    candidate is promoted."""
    margin_points: Annotated[float, Field(ge=0)] = 0.01
    """How much larger the MAE may be with newer data, in total over all promotions since the last
    candidate that beat the champion."""
    slices: tuple[SliceKind, ...] = ("country", "variety", "price", "length")
    """Kinds of slices that can deny a promotion."""
    slice_rows_min: Rows = 200
    """Fewest test rows of a slice that can deny a promotion."""
    slice_loss_max_points: Annotated[float, Field(ge=0)] = 0.1
    """A slice denies the promotion if the lower limit of its MAE's increase is above this."""
    test_rows_min_fraction: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Smallest test set, as a share of the one that the champion was promoted on."""
    reproduction_tolerance_points: Annotated[float, Field(gt=0)] = 0.01
    """Largest difference between the saved model's predictions in a fresh process and the
    evaluation's."""
    test_mae_max_points: Annotated[float, Field(gt=0)] | None = None
    """A candidate with a larger test MAE is never promoted; none: no such bound."""
    seed: Seed = 0
    """Seed of the resamples."""
