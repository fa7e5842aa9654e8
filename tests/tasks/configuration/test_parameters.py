from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from tasks.configuration.base_parameters import Parameters
from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import (
    NetworkParameters,
    PromotionParameters,
    SplitParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.configuration.presets import PRESETS
from tasks.configuration.settings import Settings
from tasks.modelling.sides import side_by_position
from tests.schemas import passes


def test_an_override_changes_the_field_that_was_set_and_no_other() -> None:
    notebook = PRESETS["notebook"]
    settings = notebook.with_overrides({"split": SplitParameters(seed=7), "training": None})
    assert settings.split == notebook.split.model_copy(update={"seed": 7})
    assert settings.split.strategy == "positional"
    assert settings.training == notebook.training


def test_a_field_set_to_its_default_overrides_the_preset() -> None:
    settings = PRESETS["notebook"].with_overrides({"split": SplitParameters(strategy="hash")})
    assert settings.split.strategy == "hash"


def test_an_override_that_came_as_json_counts_as_set_where_it_was_given() -> None:
    given = TrainingParameters.model_validate({"epochs": 9})
    settings = PRESETS["full"].with_overrides({"training": given})
    assert settings.training == PRESETS["full"].training.model_copy(update={"epochs": 9})


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"epoch": 3}, {"device": "tpu"}])
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TrainingParameters.model_validate(wrong)


@pytest.mark.parametrize(
    ("stage", "given", "field", "reason"),
    [
        (
            "training",
            TrainingParameters(warmup_fraction=0.1, learning_rate_schedule="constant"),
            "warmup_fraction",
            "training.learning_rate_schedule is constant",
        ),
        (
            "network",
            NetworkParameters(lstm_units=0, bidirectional=True),
            "bidirectional",
            "network.lstm_units is 0",
        ),
        (
            "network",
            NetworkParameters(lstm_units=0, pooling="last"),
            "pooling",
            "network.lstm_units is 0",
        ),
        # The preset says the other half.
        (
            "split",
            SplitParameters(strategy="positional", test_fraction=0.2, train_end_row=9),
            "train_end_row",
            "the split has fractions",
        ),
        (
            "split",
            SplitParameters(strategy="hash", train_end_row=9),
            "train_end_row",
            "strategy is hash",
        ),
        ("split", SplitParameters(seed=1), "seed", "train_sample_rows is none"),
    ],
)
def test_a_setting_without_effect_is_refused_with_the_reason(
    stage: str, given: Parameters, field: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=f"{stage}.{field} has no effect, as .*{reason}"):
        PRESETS["full"].with_overrides({stage: given})


def test_what_a_preset_asks_of_a_part_that_a_person_takes_away_is_no_mistake() -> None:
    full = PRESETS["full"]
    overrides: dict[str, Parameters | None] = {
        "network": NetworkParameters(lstm_units=0, pooling="mean_max"),
        "training": TrainingParameters(learning_rate_schedule="constant"),
    }
    settings = full.with_overrides(overrides)
    assert (settings.network.bidirectional, settings.training.warmup_fraction) == (True, 0.05)


@pytest.mark.parametrize(
    ("stage", "field"),
    [
        (VectorizerParameters, "vocabulary_size"),
        (VectorizerParameters, "sequence_length"),
        (NetworkParameters, "embedding_units"),
        (NetworkParameters, "lstm_units"),
        (NetworkParameters, "bigram_buckets"),
        (TrainingParameters, "epochs"),
        (TrainingParameters, "batch_size"),
    ],
)
def test_a_size_that_no_machine_would_hold_is_refused(stage: type[Parameters], field: str) -> None:
    with pytest.raises(ValidationError, match="less than or equal to"):
        stage.model_validate({field: 100_000_000})


def test_every_preset_is_named_by_the_notebook_or_stated() -> None:
    notebook = PRESETS["notebook"]
    ends = side_by_position(np.arange(129_971), notebook.split)
    assert np.bincount(ends) == pytest.approx([80_000, 20_000, 29_971], abs=100)
    assert notebook.split.train_sample_rows == 10_000
    assert notebook.vectorizer.vocabulary_size == 10_000
    assert notebook.vectorizer.sequence_length == 100
    assert (notebook.network.embedding_units, notebook.network.lstm_units) == (300, 32)
    assert notebook.training.epochs == 3
    assert PRESETS["full"].split.train_sample_rows is None
    by_text = {name for name, preset in PRESETS.items() if preset.split.strategy == "hash"}
    assert by_text == PRESETS.keys() - {"notebook"}


def test_schemas_name_no_default_that_a_form_would_send_back() -> None:
    for model in (SplitParameters, TrainingParameters, Settings):
        for name, field in model.model_json_schema()["properties"].items():
            assert "default" not in field, name


def test_every_field_is_described() -> None:
    for stage in Settings.model_fields.values():
        for name, field in stage.default.__class__.model_fields.items():
            assert field.description, name


def test_a_server_and_a_run_take_the_old_names_of_fields(caplog: pytest.LogCaptureFixture) -> None:
    given = {"companions": True, "spread": True}
    assert passes(NetworkParameters, given)
    assert not passes(NetworkParameters, {"companion": True})
    taken = NetworkParameters.model_validate(given)
    assert taken == NetworkParameters(auxiliary_targets=True, log_scale=True)
    assert taken.model_fields_set == {"auxiliary_targets", "log_scale"}
    assert "companions is called auxiliary_targets now" in caplog.text
    with pytest.raises(ValidationError, match="companions is the old name of auxiliary_targets"):
        NetworkParameters.model_validate(given | {"auxiliary_targets": False})
    assert VectorizerParameters.model_validate({"signs": "keep"}).punctuation == "keep"


def test_a_promotion_takes_the_old_names_of_its_bounds(caplog: pytest.LogCaptureFixture) -> None:
    names = ("margin", "slice_loss_max", "reproduction_tolerance", "test_mae_max")
    given = {f"{name}_points": 0.25 for name in names}
    assert passes(PromotionParameters, given)
    taken = PromotionParameters.model_validate(given)
    assert taken == PromotionParameters(**dict.fromkeys(names, 0.25))
    assert taken.model_fields_set == set(names)
    for name in names:
        assert f"{name}_points is called {name} now" in caplog.text


def test_the_columns_of_auxiliary_targets_are_no_setting() -> None:
    for given in (["price"], []):
        assert not passes(NetworkParameters, {"auxiliary_targets": given})
        with pytest.raises(
            ValidationError, match="is now true or false, no list: the contract names the"
        ):
            NetworkParameters.model_validate({"auxiliary_targets": given})
