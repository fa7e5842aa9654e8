"""The settings of each stage, one frozen model per stage."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from data_contracts.number_texts import NumberStyle
from tasks.configuration.base_parameters import Parameters

FORMAT_VERSION = 1
"""In cache keys it replaces this module's code: raise it when a field changes its meaning."""

Fraction = Annotated[float, Field(ge=0, lt=1)]
Rows = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Level = Annotated[float, Field(ge=0.5, le=0.999)]

Encoding = Literal["utf-8", "utf-16", "cp1252", "latin-1", "mac-roman"]
Delimiter = Literal["comma", "semicolon", "tab", "pipe", "auto"]
QuoteStyle = Literal["double", "backslash", "none"]

TAB_SEPARATED = re.compile(r"\.tsv(\.(gz|bz2|xz|zst))?($|[?#])", re.IGNORECASE)
"""The end of the name of a file with tabs; a URL may have a query."""

NO_LIST = (
    "is now true or false, no list: the contract names the columns, by the custom property"
    " auxiliaryTarget"
)
UNITS_MAX = 2_048
"""46,000 vectors of this length take 1.1 GB with Adam's two moments.

This and the other upper bounds catch typing errors, which would otherwise end in an out-of-memory
error of TensorFlow.
"""


class FetchParameters(Parameters):
    """The download, and the demo reviews."""

    demo_rows: Rows = 8_000
    """Number of demo reviews, for the source `demo`."""
    demo_seed: Seed = 0
    """Random seed of the demo reviews."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    """Expected SHA-256 of the source, in lower-case hexadecimal digits."""
    timeout_seconds: Annotated[float, Field(gt=0)] = 30.0
    """Seconds without data from the server after which the download is retried."""
    bytes_max: Annotated[int, Field(gt=0)] = 4 * 1024**3
    """Largest accepted download in bytes."""


class IngestParameters(Parameters):
    """How the file is read, and the limits for reading an untrusted file."""

    encoding: Encoding = "utf-8"
    """Encoding of the text. Files saved by Excel on Windows are usually `cp1252`, on older Macs
    `mac-roman`. UTF-16 with a byte order mark is recognised."""
    delimiter: Delimiter | None = None
    """What separates the fields of a CSV; `auto` finds it. If unset: `comma`, or `tab` for a file
    named .tsv. Excel's line `sep=;` names the delimiter, too."""
    quote: QuoteStyle = "double"
    """How a quote inside a quoted field is written: `double` as "" (RFC 4180), `backslash` as \\".
    `none`: quotes are ordinary characters, and no field is quoted."""
    skip_lines: Annotated[int, Field(ge=0, le=1_000)] = 0
    """Number of lines above the header of a CSV to skip, such as a title."""
    decimal: Literal["point", "comma"] = "point"
    """Decimal sign in columns of numbers. The other sign is not allowed in them: `1.234,5` is not
    read either way."""
    nulls: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Words that mean an empty field in columns of numbers, such as `NA,NULL`. They stay in columns
    of texts."""
    unpacked_bytes_max: Annotated[int, Field(gt=0)] = 4 * 1024**3
    """Largest accepted size of the unpacked file in bytes."""
    unpacked_ratio_max: Annotated[float, Field(gt=1)] = 100.0
    """Largest accepted ratio of unpacked to packed bytes; text compresses about 3 to 10 times."""
    field_bytes_max: Annotated[int, Field(gt=0, le=16 * 1024**2)] = 1024**2
    """Largest accepted field in bytes."""
    partition_rows: Annotated[int, Field(ge=1)] = 100_000
    """Number of rows that are held and stored together. It changes no result."""

    @field_validator("nulls", mode="before")
    @classmethod
    def _keep_words(cls, given: Any) -> Any:
        # The command line reads null, true and false as JSON.
        if not isinstance(given, list | tuple):
            return given
        return [json.dumps(v) if v is None or isinstance(v, bool) else v for v in given]

    @property
    def numbers(self) -> NumberStyle:
        """How numbers are written."""
        return NumberStyle(self.decimal, self.nulls)

    def for_name(self, name: str) -> IngestParameters:
        """Return these settings with `tab` as the delimiter if it is unset and `name` ends in .tsv.

        Args:
            name: of a file, a path or a URL; .tsv may be followed by the suffix of a compression.
        """
        if self.delimiter is None and TAB_SEPARATED.search(name):
            return self.model_copy(update={"delimiter": "tab"})
        return self


class SplitParameters(Parameters):
    """The split into train, validation and test."""

    strategy: Literal["positional", "hash"] = "hash"
    """`positional` splits by row number, `hash` by text, so that repeated texts stay together."""
    train_end_row: Rows = 80_000
    """First row after the training rows (positional split without fractions)."""
    validation_end_row: Rows = 100_000
    """First row after the validation rows (positional split without fractions). The rest is the
    test set."""
    validation_fraction: Fraction | None = None
    """Validation set as a fraction of the distinct texts (hash) or of the rows (positional).
    If unset: 0.15. A positional split without any fraction uses the end rows."""
    test_fraction: Fraction | None = None
    """Test set as a fraction, counted like the validation set. If unset: 0.1."""
    train_sample_rows: Rows | None = None
    """Size of a random sample of the training rows to train on. If unset: all rows."""
    seed: Seed = 0
    """Random seed of the training sample."""


class VectorizerParameters(Parameters):
    """The vectorizer, which turns text into token numbers."""

    old_names: ClassVar[dict[str, str]] = {"signs": "punctuation"}

    vocabulary_size: Annotated[int, Field(ge=3, le=46_000)] = 10_000
    """Number of tokens, the most frequent ones, including padding and the unknown token. At most
    46,000, so that the number of a pair of tokens fits into 32 bits."""
    sequence_length: Annotated[int, Field(ge=1, le=5_000)] = 100
    """Tokens per review; longer reviews are cut, shorter ones padded on the right."""
    punctuation: Literal["strip", "keep"] = "strip"
    """`strip` removes punctuation marks; `keep` makes marks and numbers tokens of their own."""


class ModelParameters(Parameters):
    """Base of the settings of a model type; see tasks/modelling/model_types.py.

    Attributes:
        trained_by: the module that trains this model type.
    """

    trained_by: ClassVar[str]


class NetworkParameters(ModelParameters):
    """The architecture of the network."""

    trained_by = "tasks.modelling.network_training"
    old_names: ClassVar[dict[str, str]] = {"companions": "auxiliary_targets", "spread": "log_scale"}

    embedding_units: Annotated[int, Field(ge=1, le=UNITS_MAX)] = 300
    """Length of each token's embedding vector."""
    embedding_start: Literal["random", "neighbours"] = "random"
    """Initial vectors: `random`, or `neighbours`, computed from the words that occur near each
    other in the training texts."""
    embedding_dropout: Fraction = 0.0
    """Dropout rate of the embedding vectors."""
    word_dropout: Fraction = 0.0
    """Fraction of the words that training replaces by the unknown token."""
    lstm_units: Annotated[int, Field(ge=0, le=UNITS_MAX)] = 32
    """Length of the LSTM's state in each direction. 0: no LSTM, the network pools the vectors."""
    bidirectional: bool = False
    """Read the text in both directions. Has no effect without an LSTM."""
    pooling: Literal["last", "mean_max"] = "last"
    """`last` takes the LSTM's last state, `mean_max` the mean and maximum of all its states.
    Without an LSTM the network pools the vectors by mean and maximum."""
    pooled_dropout: Fraction = 0.0
    """Dropout rate of the pooled state."""
    bigram_buckets: Annotated[int, Field(ge=0, le=2**24)] = 0
    """Number of weights for pairs of neighbouring words in the network's wide part, which also has
    a weight per word. 0: no wide part."""
    log_scale: bool = False
    """Also predict the scale of the error, and train on the likelihood of both."""
    auxiliary_targets: bool = False
    """Also learn to predict the contract's auxiliary targets, which are never inputs."""

    @field_validator("auxiliary_targets", mode="before")
    @classmethod
    def _refuse_list(cls, given: Any) -> Any:
        if isinstance(given, list) or str(given).startswith("["):
            raise ValueError(NO_LIST)
        return given


class TrainingParameters(Parameters):
    """The training of the model."""

    model: str = "network"
    """Model type: `network`, or the name of another type's settings."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 3
    """Passes over the training rows."""
    batch_size: Annotated[int, Field(ge=1, le=2**16)] = 64
    """Reviews per training step, over all devices."""
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    """Largest learning rate of Adam."""
    learning_rate_schedule: Literal["constant", "cosine"] = "cosine"
    """`cosine` decays to zero over all epochs (Loshchilov & Hutter 2017, without restarts)."""
    warmup_fraction: Fraction = 0.0
    """Fraction of the training steps in which the learning rate rises from a tenth to its largest
    value. Has no effect with the schedule `constant`."""
    early_stopping_patience_epochs: Annotated[int, Field(ge=1)] | None = None
    """Stop after this many epochs without a better validation MAE. If unset: train all epochs."""
    seed: Seed = 0
    """Random seed of the initial weights, the order of the reviews and the dropout."""
    deterministic: bool = False
    """Trainings on the same machine give the same weights, at some cost in speed."""
    device: Literal["auto", "cpu", "gpu"] = "auto"
    """`auto` uses all GPUs, or the CPU if there is no GPU; `gpu` fails if there is none."""
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    """Precision of the computations on a GPU; weights are always float32."""


class BaselineParameters(Parameters):
    """The simple models that a candidate has to beat."""

    ridge_alpha: Annotated[float, Field(gt=0)] = 1.0
    """L2 penalty of the ridge regression."""
    document_count_min: Annotated[int, Field(ge=1)] = 3
    """Fewest training reviews that contain a word or bigram; rarer ones are ignored."""
    train_rows_max: Rows = 100_000
    """Largest number of reviews that ridge regression is trained on: of more, a sample."""


class EvaluationParameters(Parameters):
    """The evaluation on the test set."""

    bootstrap_samples: Annotated[int, Field(ge=100)] = 1_000
    """Bootstrap resamples for the confidence interval of the MAE."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Confidence level of the interval of the MAE."""
    slice_rows_min: Rows = 50
    """Fewest rows of a slice (by a column of the contract or by text length) in the report."""
    interval_levels: tuple[Level, ...] = (0.8, 0.95)
    """Fractions of new reviews whose target should lie within the prediction intervals."""
    worst_count: Annotated[int, Field(ge=0)] = 20
    """Number of worst predictions that the report shows with their text."""
    seed: Seed = 0
    """Random seed of the bootstrap."""


class LearningCurveParameters(Parameters):
    """The learning curve of a candidate that does not beat ridge regression."""

    fractions: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.25, 0.5)
    """Fractions of the training set on which the model and ridge are trained once more. Empty: no
    learning curve."""


class PromotionParameters(Parameters):
    """The rule by which a candidate becomes the champion."""

    old_names: ClassVar[dict[str, str]] = {
        "margin_points": "margin",
        "slice_loss_max_points": "slice_loss_max",
        "reproduction_tolerance_points": "reproduction_tolerance",
        "test_mae_max_points": "test_mae_max",
    }

    confidence: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """One-sided confidence level of the paired bootstrap against the champion and each baseline."""
    bootstrap_samples: Annotated[int, Field(ge=100)] = 2_000
    """Bootstrap resamples of the paired difference."""
    fair_rows_min: Rows = 100
    """Fewest test rows with a text that is in no model's training or validation set. With fewer
    such rows no candidate is promoted."""
    margin: Annotated[float, Field(ge=0)] | None = None
    """How much larger the MAE of a candidate on newer data may be, in units of the target. All
    promotions since the last surely better candidate share this margin. If unset: 1/2,000 of the
    target's scale."""
    slices: tuple[str, ...] | None = None
    """Kinds of slices that can deny a promotion: sliced columns, or the text for slices by length.
    If unset: all that the contract has."""
    slice_rows_min: Rows = 200
    """Fewest test rows of a slice that can deny a promotion."""
    slice_loss_max: Annotated[float, Field(ge=0)] | None = None
    """A slice denies the promotion if its MAE is surely larger by more than this, in units of the
    target. If unset: 1/200 of the target's scale."""
    test_rows_min_fraction: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Smallest test set, as a fraction of the test set on which the champion was promoted."""
    reproduction_tolerance: Annotated[float, Field(gt=0)] | None = None
    """Largest difference between the predictions of the saved model in a fresh process and those of
    the evaluation, in units of the target. If unset: 1/2,000 of the target's scale."""
    test_mae_max: Annotated[float, Field(gt=0)] | None = None
    """Largest test MAE of a promoted candidate, in units of the target. If unset: no limit."""
    seed: Seed = 0
    """Random seed of the bootstrap."""
