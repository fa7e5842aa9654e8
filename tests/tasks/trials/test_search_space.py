from __future__ import annotations

import itertools

import pytest

from tasks.configuration.parameters import NetworkParameters, TrainingParameters
from tasks.configuration.presets import PRESETS, settle
from tasks.configuration.settings import Settings
from tasks.trials.search_space import (
    SPACE,
    apply_places,
    choose_dimensions,
    find_places,
    nest,
    read_value,
)


@pytest.mark.parametrize("name", SPACE)
def test_each_value_is_allowed_and_they_ascend(name: str) -> None:
    stage, field = name.split(".")
    for value in SPACE[name]:
        type(getattr(Settings(), stage)).model_validate({field: value}, strict=True)
    numbers = [value for value in SPACE[name] if not isinstance(value, str)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_first_trial_has_the_settings_of_the_preset(preset) -> None:
    settings = settle(preset, {})
    dimensions = choose_dimensions(settings, {})
    values = apply_places(settings, dimensions, find_places(settings, dimensions))
    assert settings.laid_over(nest(values)) == settings
    assert len(dimensions) == len(SPACE)


def test_a_setting_that_a_person_set_is_not_searched() -> None:
    fixed = {"training": TrainingParameters(epochs=3), "network": None}
    names = {d.name for d in choose_dimensions(settle("notebook", fixed), fixed)}
    assert names == SPACE.keys() - {"training.epochs"}


def test_a_value_of_its_own_finds_its_place() -> None:
    settings = settle("notebook", {"training": TrainingParameters(learning_rate=1.7e-3)})
    by_name = {d.name: d.values for d in choose_dimensions(settings, {})}
    assert by_name["training.learning_rate"][3:6] == (1.5e-3, 1.7e-3, 2e-3)


@pytest.mark.parametrize("pooling", ["last", "mean_max"])
def test_no_trial_has_a_setting_without_effect_that_the_preset_does_not_have(pooling) -> None:
    network = NetworkParameters(lstm_units=0, pooling=pooling)
    settings = PRESETS["full"].laid_over({"network": network.model_dump(exclude_unset=True)})
    settings = settings.laid_over({"network": {"bidirectional": False}})
    dimensions = [
        d
        for d in choose_dimensions(settings, {})
        if d.name in ("network.lstm_units", "network.pooling", "network.bidirectional")
    ]
    assert (pooling == "last") == ("network.pooling" not in {d.name for d in dimensions})
    for places in itertools.product(*(range(len(d.values)) for d in dimensions)):
        chosen = dict(zip([d.name for d in dimensions], places, strict=True))
        values = apply_places(settings, dimensions, chosen)
        assert not settings.laid_over(nest(values)).idle_fields().keys() & values.keys()


def test_a_model_type_without_a_space_is_searched_by_its_training_alone() -> None:
    settings = Settings()
    assert read_value(settings, "training.model") == "network"
    idle = {name for name in SPACE if name.startswith("network.")}
    other = settings.laid_over({"training": {"model": "forest"}})
    assert {d.name for d in choose_dimensions(other, {})} == SPACE.keys() - idle
