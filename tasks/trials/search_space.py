"""The settings that a tuning searches, and the values of each.

A setting has a short list of values in ascending order, as people would try them: the results are
readable, and the same settings come again and are found in the store. The value of the preset is
always one of them. A setting that a person sets by an option, or that has no effect, is not
searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tasks.configuration.presets import Overrides
from tasks.configuration.settings import Settings

Values = tuple[Any, ...]

SPACE: dict[str, Values] = {
    # From a third of the vocabulary of `notebook` to twice that of `full`: rarer words are seen too
    # seldom to learn their vectors (docs/explanation/network.md).
    "vectorizer.vocabulary_size": (3_000, 5_000, 7_000, 10_000, 14_000, 20_000, 30_000),
    # Half of the wine reviews have 40 words or fewer, 99.9 % have at most 92 (and 1.25 tokens a
    # word with punctuation). Texts beyond it are cut, and a longer sequence only costs time.
    "vectorizer.sequence_length": (40, 60, 80, 100, 120, 160),
    "vectorizer.punctuation": ("strip", "keep"),
    # 300 is that of the notebook, and of the published word2vec and GloVe vectors.
    "network.embedding_units": (32, 50, 75, 100, 150, 200, 300),
    "network.embedding_start": ("random", "neighbours"),
    # Dropout: up to 0.5, the rate of Srivastava et al. (2014); of words up to 0.3, that of Iyyer et
    # al. (2015).
    "network.embedding_dropout": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
    "network.word_dropout": (0.0, 0.05, 0.1, 0.15, 0.2, 0.3),
    "network.pooled_dropout": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
    # Two steps of a factor 1.5 around the 32 of `notebook` and the 48 of `full`.
    "network.lstm_units": (16, 24, 32, 48, 64, 96),
    "network.bidirectional": (False, True),
    "network.pooling": ("last", "mean_max"),
    # Around 64 (`notebook`) and 256 (`full`).
    "training.batch_size": (32, 64, 128, 256, 512),
    # A decade around Adam's default, 1e-3 (Kingma & Ba 2015), on a logarithmic scale.
    "training.learning_rate": (5e-4, 7e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3, 7e-3, 1e-2),
    # What `notebook` (3), `full` (6) and `auto` (4 to 25) take. More epochs cost more time.
    "training.epochs": (3, 4, 6, 8, 10),
}
"""The values of each setting (`stage.field`)."""


class Dimension(NamedTuple):
    """A setting that is searched.

    Attributes:
        name: `stage.field`.
        values: those that are tried, in ascending order if they are numbers.
    """

    name: str
    values: Values

    @property
    def stage(self) -> str:
        """The stage that the setting belongs to."""
        return self.name.split(".")[0]

    @property
    def field(self) -> str:
        """The name of the setting in its stage."""
        return self.name.split(".")[1]


def choose_dimensions(settings: Settings, fixed: Overrides) -> list[Dimension]:
    """Choose the settings to search.

    Args:
        settings: of the preset, which are the first trial.
        fixed: settings by stage that a person set.
    """
    own = {
        f"{s}.{field}" for s, fields in fixed.items() if fields for field in fields.model_fields_set
    }
    skipped = own | settings.idle_fields().keys()
    return [
        Dimension(name, _with(values, read_value(settings, name)))
        for name, values in SPACE.items()
        if name not in skipped
    ]


def _with(values: Values, value: Any) -> Values:
    """Add a value at its place."""
    if value in values:
        return values
    return tuple(sorted([*values, value])) if isinstance(value, int | float) else (*values, value)


def read_value(settings: Settings, name: str) -> Any:
    """Return the value of a setting."""
    stage, field = name.split(".")
    return getattr(getattr(settings, stage), field)


def find_places(settings: Settings, dimensions: list[Dimension]) -> dict[str, int]:
    """Return the place of each setting's value in the list of its values."""
    return {d.name: d.values.index(read_value(settings, d.name)) for d in dimensions}


def apply_places(
    settings: Settings, dimensions: list[Dimension], places: Mapping[str, int]
) -> dict[str, Any]:
    """Return the values of a trial by setting.

    A setting that the others leave without effect keeps its value in `settings`: a preset file with
    it would be refused.
    """
    values = {d.name: d.values[places[d.name]] for d in dimensions}
    idle = settings.laid_over(nest(values)).idle_fields().keys()
    return {n: read_value(settings, n) if n in idle else value for n, value in values.items()}


def nest(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return values by stage and field, from values by `stage.field`."""
    nested = dict[str, dict[str, Any]]()
    for name, value in values.items():
        stage, field = name.split(".")
        nested.setdefault(stage, {})[field] = value
    return nested
