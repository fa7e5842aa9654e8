from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import (
    EvaluationParameters,
    SplitParameters,
    TrainingParameters,
)
from tasks.configuration.presets import (
    CHOSEN,
    PRESETS,
    SEQUENCE_LENGTH_MAX,
    SIZES,
    Overrides,
    list_chosen,
    settle,
)
from tasks.configuration.settings import Settings
from tasks.modelling.sides import settle_fractions


def facts(rows: int, train: int | None = None, tokens_p999: int = 90) -> dict[str, int]:
    known = {"rows": rows + 2, "rejected": 2, "tokens_p999": tokens_p999}
    return known if train is None else known | {"train": train}


def flatten(settings: Settings) -> dict[str, object]:
    return {
        f"{stage}.{field}": getattr(parameters, field)
        for stage, parameters in settings
        for field in type(parameters).model_fields
    }


def test_other_presets_do_not_depend_on_the_reviews() -> None:
    for preset in PRESETS.keys() - {"auto"}:
        assert settle(preset, {}, facts(600, 400)) == PRESETS[preset]


def test_auto_is_full_until_the_reviews_are_known() -> None:
    assert settle("auto", {}) == PRESETS["full"]
    assert settle("auto", {}, {"rows": 5}) == PRESETS["full"]


def test_auto_is_full_for_the_published_file() -> None:
    """81,900 of them are trained on; one in a thousand has more than 92 tokens."""
    assert settle("auto", {}, facts(109_206, 81_900, 92)) == PRESETS["full"]


@given(
    rows=st.integers(300, 2_000_000),
    share=st.floats(0.1, 0.9),
    tokens=st.integers(0, 50_000),
)
def test_auto_changes_only_the_settings_that_it_is_said_to_choose(
    rows: int, share: float, tokens: int
) -> None:
    settings = settle("auto", {}, facts(rows, int(rows * share), tokens))
    chosen, full = flatten(settings), flatten(PRESETS["full"])
    assert {name for name in full if chosen[name] != full[name]} <= CHOSEN
    assert 10 <= settings.vectorizer.sequence_length <= SEQUENCE_LENGTH_MAX
    # Settings are valid by the rules of their fields, which `model_copy` does not check.
    assert Settings.model_validate(settings.model_dump()) == settings


@given(rows=st.integers(0, 1_500_000), more=st.integers(0, 500_000), tokens=st.integers(0, 900))
def test_more_reviews_never_get_a_smaller_network(rows: int, more: int, tokens: int) -> None:
    few = settle("auto", {}, facts(rows, rows, tokens))
    many = settle("auto", {}, facts(rows + more, rows + more, tokens))
    assert few.vectorizer.vocabulary_size <= many.vectorizer.vocabulary_size
    assert few.network.lstm_units <= many.network.lstm_units
    assert few.training.batch_size <= many.training.batch_size
    assert few.training.epochs >= many.training.epochs


def test_the_sizes_begin_at_their_number_of_training_reviews() -> None:
    for before, size in pairwise(SIZES):
        at, below = (
            settle("auto", {}, facts(10_000_000, rows))
            for rows in (size.train_rows, size.train_rows - 1)
        )
        assert at.training.epochs == size.epochs
        assert below.training.epochs == before.epochs


@given(rows=st.integers(300, 100_000))
def test_the_test_set_of_auto_is_large_enough_for_a_promotion(rows: int) -> None:
    settings = settle("auto", {}, facts(rows))
    _, test = settle_fractions(settings.split)
    assert rows * test >= settings.promotion.fair_rows_min
    assert test <= 0.4
    assert (test == 0.1) == (rows >= 4_762)


@given(rows=st.integers(300, 20_000), more=st.integers(0, 20_000))
def test_the_test_set_does_not_shrink_as_a_file_grows(rows: int, more: int) -> None:
    sizes = [
        n * settle_fractions(settle("auto", {}, facts(n)).split)[1] for n in (rows, rows + more)
    ]
    # The fraction is rounded to hundredths.
    assert sizes[1] >= 0.9 * sizes[0]


@pytest.mark.parametrize(
    "split",
    [
        SplitParameters(strategy="positional"),
        SplitParameters(validation_fraction=0.6),
        SplitParameters(test_fraction=0.2),
    ],
)
def test_a_split_of_the_callers_own_is_left_alone(split: SplitParameters) -> None:
    for known in ({}, facts(300), facts(300, 120), facts(90_000)):
        assert settle("auto", {"split": split}, known).split == split


def test_what_a_caller_sets_is_not_chosen() -> None:
    overrides = {
        "training": TrainingParameters(epochs=3),
        "split": SplitParameters(test_fraction=0.2),
    }
    settings = settle("auto", overrides, facts(600, 400))
    assert settings.training.epochs == 3
    assert settings.training.batch_size == SIZES[0].batch_size
    assert settings.split.test_fraction == 0.2
    with pytest.raises(UsageError, match=r"split\.train_end_row has no effect"):
        settle("auto", {"split": SplitParameters(train_end_row=5)}, facts(600, 400))


@pytest.mark.parametrize(
    ("overrides", "left"),
    [
        ({}, set()),
        ({"training": None, "evaluation": EvaluationParameters(worst_count=3)}, set()),
        ({"training": TrainingParameters(epochs=6)}, {"training.epochs"}),
        ({"split": SplitParameters(test_fraction=0.2)}, {"split.test_fraction"}),
        ({"split": SplitParameters(validation_fraction=0.2)}, {"split.test_fraction"}),
        ({"split": SplitParameters(train_sample_rows=500)}, set()),
    ],
)
def test_what_auto_chose_is_listed(overrides: Overrides, left: set[str]) -> None:
    assert list_chosen("auto", overrides) == sorted(CHOSEN - left)
    assert list_chosen("full", overrides) == []


@pytest.mark.parametrize(("tokens", "length"), [(0, 10), (8, 10), (9, 20), (93, 120), (999, 400)])
def test_the_sequence_length_follows_the_texts(tokens: int, length: int) -> None:
    settings = settle("auto", {}, facts(100_000, 75_000, tokens))
    assert settings.vectorizer.sequence_length == length
