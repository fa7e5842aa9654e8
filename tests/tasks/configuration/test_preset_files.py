"""Preset files: read, refused, laid over by options, and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.configuration.errors import UsageError
from tasks.configuration.parameters import (
    NetworkParameters,
    SplitParameters,
    TrainingParameters,
    VectorizerParameters,
)
from tasks.configuration.preset_files import choose_preset, format_preset, read_preset
from tasks.configuration.presets import PRESETS, Overrides, settle

FILE = """\
# for people
base: notebook
network:
  lstm_units: 48
  bidirectional: yes
training:
  learning_rate: 3e-3
  epochs: 6
"""
SAME: Overrides = {
    "network": NetworkParameters(lstm_units=48, bidirectional=True),
    "training": TrainingParameters(learning_rate=3e-3, epochs=6),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tuned.yaml"
    path.write_text(FILE)
    return path


def test_the_name_of_a_preset_is_no_file() -> None:
    for name in PRESETS:
        assert choose_preset(name, SAME) == (name, SAME)


def test_settings_of_a_file_are_those_of_the_same_options(file: Path) -> None:
    by_file, by_hand = choose_preset(str(file), {}), choose_preset("notebook", SAME)
    assert settle(*by_file) == settle(*by_hand)
    assert settle(*by_file) != settle("notebook", {})


def test_an_option_replaces_a_setting_of_the_file_and_leaves_the_others(file: Path) -> None:
    given_ = {"training": TrainingParameters(epochs=2), "split": SplitParameters(train_end_row=9)}
    base, overrides = choose_preset(str(file), {"training": given_["training"], "network": None})
    training = settle(base, overrides).training
    assert (training.epochs, training.learning_rate) == (2, 3e-3)
    assert settle(base, overrides).network.lstm_units == 48


def test_what_an_option_leaves_without_effect_is_no_fault_of_the_person(file: Path) -> None:
    chosen = choose_preset(str(file), {"network": NetworkParameters(lstm_units=0)})
    assert not settle(*chosen).network.bidirectional
    both = {"network": NetworkParameters(lstm_units=0, bidirectional=True)}
    with pytest.raises(UsageError, match=r"network.bidirectional has no effect"):
        settle(*choose_preset(str(file), both))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("base: notebok\n", "line 1: base: must be 'demo', 'notebook', 'full' or 'auto', not"),
        ("training:\n  epochs: 3\n", "the key base is missing; add it, such as base: notebook"),
        (
            "base: full\ntraining:\n  epoch: 3\n",
            "line 3: there is no setting training.epoch; did you mean epochs?",
        ),
        ("base: full\nlayers:\n  size: 3\n", "line 2: there is no setting layers, only base, fe"),
        (
            "base: full\ntraining:\n  epochs: many\n  batch_size: 0\n",
            'line 3: training.epochs: must be a whole number, not "many";'
            " line 4: training.batch_size: must be at least 1, not 0",
        ),
        ("base: full\nbase: demo\n", 'line 2: the key "base" is given twice; remove one'),
        ("base: full\nnetwork: 3\n", "line 2: network: must be names with values, not 3"),
        ("base: full\nnetwork: [\n", "line 2: not valid YAML, here or before"),
        ("", "the document is empty"),
        ("- a\n", "the document must be names with values, such as base: notebook, not"),
        (
            "base: demo\nsplit:\n  seed: 3\n",
            "split.seed has no effect, as split.train_sample_rows is none; leave it out",
        ),
        (
            "base: demo\ntraining:\n  model: forest\n",
            "training.model is 'forest'; choose one of network",
        ),
    ],
)
def test_a_file_is_refused_with_its_line_key_and_value(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        choose_preset(str(path), {})
    assert str(refused.value).startswith(f"{path}: {says}")
    assert "pydantic" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "no.yaml", "there is no such file"), (tmp_path, "a folder")):
        with pytest.raises(UsageError, match=why) as refused:
            read_preset(path)
        assert f"--preset {path}" in str(refused.value)
    binary = tmp_path / "b.yaml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="line 1: not UTF-8 text"):
        read_preset(binary)


@given(
    base=st.sampled_from([*PRESETS]),
    epochs=st.integers(1, 10_000),
    rate=st.floats(1e-9, 1e3),
    size=st.integers(3, 46_000),
    deterministic=st.booleans(),
)
def test_what_is_written_is_read_again(tmp_path_factory, base, epochs, rate, size, deterministic):
    path = tmp_path_factory.mktemp("presets") / "a.yml"
    training = TrainingParameters(epochs=epochs, learning_rate=rate, deterministic=deterministic)
    given_ = {"training": training, "vectorizer": VectorizerParameters(vocabulary_size=size)}
    path.write_text(format_preset(base, given_, "Two\nlines: of words"))
    read = choose_preset(str(path), {})
    assert read.base == base
    assert settle(*read) == settle(base, given_)
    assert format_preset(*read, "Two\nlines: of words") == path.read_text()
