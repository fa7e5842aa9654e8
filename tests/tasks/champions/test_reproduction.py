"""Saved files, sound and spoilt, each loaded by a fresh process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.champions import reproduction
from tasks.champions.reproduction import check_reproduction, choose_sample
from tasks.engine.artifacts import FileRecord
from tasks.errors import StoreError
from tasks.parameters import NetworkParameters, VectorizerParameters

TEXTS = [f"a made-up wine of {number} words" for number in range(40)]
TOLERANCE = 0.01


def test_the_sample_is_spread_over_the_test_set() -> None:
    texts, points = pa.chunked_array([map(str, range(5_000))]), pa.chunked_array([range(5_000)])
    sample = choose_sample(texts, points)
    assert sample.num_rows == 512
    chosen = sample["estimated_points"].to_pylist()
    assert (chosen[0], chosen[-1]) == (0, 4_999)
    assert max(np.diff(chosen)) <= 10
    assert sample["description"].to_pylist() == list(map(str, chosen))
    assert choose_sample(texts.slice(0, 3), points.slice(0, 3)).num_rows == 3


def save_model(path: Path, start_points: float = 88.0) -> None:
    from tasks.modelling.network import build_network, join_text
    from tasks.modelling.tokens import make_vectorizer

    words = sorted({word for text in TEXTS for word in text.split()})
    shape = NetworkParameters(embedding_units=3, lstm_units=2)
    network = build_network(shape, len(words) + 2, start_points)
    vectorizer = VectorizerParameters(vocabulary_size=len(words) + 2, sequence_length=8)
    join_text(make_vectorizer(vectorizer, words), network).save(path)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model's file, and what it predicts."""
    from tasks.modelling.serving import load_model, predict

    folder = tmp_path_factory.mktemp("saved")
    save_model(folder / "model.keras")
    predicted = predict(load_model(folder / "model.keras"), TEXTS)
    sample = pa.table({"description": TEXTS, "estimated_points": predicted})
    pq.write_table(sample, folder / "sample.parquet")
    return folder / "model.keras", folder / "sample.parquet"


@pytest.mark.slow
def test_a_sound_file_reproduces_its_predictions(saved, monkeypatch, tmp_path: Path) -> None:
    model, sample = saved
    # Wherever the process was started, and however the project is found.
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    check = check_reproduction(model, FileRecord.of(model), sample, TOLERANCE)
    assert check.passed, check.detail
    assert check.figures["rows"] == len(TEXTS)
    assert check.figures["difference_max_points"] <= TOLERANCE


def spoil(how: str, path: Path, sound: bytes) -> None:
    import keras

    if how == "other weights":
        save_model(path, start_points=88.5)
    elif how == "no number":
        save_model(path, start_points=float("nan"))
    elif how == "code":
        text = keras.Input((1,), dtype="string")
        points = keras.layers.Lambda(lambda x: keras.ops.ones((40, 1)), output_shape=(1,))(text)
        keras.Model(text, points).save(path)
    elif how == "other shape":
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]).save(path)
    else:
        middle = len(sound) // 2
        contents = {
            "cut": sound[:middle],
            "flipped": sound[:middle]
            + bytes(b ^ 255 for b in sound[middle : middle + 64])
            + sound[middle + 64 :],
            "empty": b"",
            "text": b"no model at all",
        }
        path.write_bytes(contents[how])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("other weights", "off by at most 0.5 points, allowed 0.01"),
        ("no number", "off by at most no number"),
        ("code", "the file cannot be loaded and asked: "),
        ("other shape", "the file cannot be loaded and asked: "),
        ("cut", "the file cannot be loaded and asked: "),
        ("flipped", "the file cannot be loaded and asked: "),
        ("empty", "the file cannot be loaded and asked: "),
        ("text", "the file cannot be loaded and asked: "),
    ],
)
def test_a_spoilt_file_is_denied_in_words(saved, tmp_path: Path, how: str, says: str) -> None:
    model, sample = saved
    path = tmp_path / "model.keras"
    spoil(how, path, model.read_bytes())
    check = check_reproduction(path, FileRecord.of(path), sample, TOLERANCE)
    assert not check.passed
    assert says in check.detail
    assert "\n" not in check.detail


@pytest.mark.slow
def test_another_file_than_the_one_that_was_evaluated_is_denied(saved, tmp_path: Path) -> None:
    model, sample = saved
    other = tmp_path / "other"
    other.write_bytes(b"")
    check = check_reproduction(model, FileRecord.of(other), sample, TOLERANCE)
    assert not check.passed
    assert "replaced or damaged" in check.detail


@pytest.mark.slow
def test_a_process_that_hangs_decides_nothing(saved, monkeypatch: pytest.MonkeyPatch) -> None:
    model, sample = saved
    monkeypatch.setattr(reproduction, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(StoreError, match=r"nothing was decided.* within 0\.2 s"):
        check_reproduction(model, FileRecord.of(model), sample, TOLERANCE)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("kill -SEGV $$", "the process was ended by SIGSEGV"),
        ("exit 3", "the file cannot be loaded and asked: no reason given"),
        ("echo no answer", "the process gave no answer"),
    ],
)
def test_a_process_that_dies_is_a_denial(tmp_path: Path, monkeypatch, script, says) -> None:
    dying = tmp_path / "python"
    dying.write_text(f"#!/bin/sh\n{script}\n")
    dying.chmod(0o755)
    monkeypatch.setattr(reproduction.sys, "executable", str(dying))
    check = check_reproduction(dying, FileRecord.of(dying), dying, TOLERANCE)
    assert (check.passed, check.detail) == (False, says)


def test_a_process_that_is_killed_from_outside_decides_nothing(tmp_path: Path, monkeypatch) -> None:
    dying = tmp_path / "python"
    dying.write_text("#!/bin/sh\nkill -9 $$\n")
    dying.chmod(0o755)
    monkeypatch.setattr(reproduction.sys, "executable", str(dying))
    with pytest.raises(StoreError, match=r"nothing was decided.*SIGKILL"):
        check_reproduction(dying, FileRecord.of(dying), dying, TOLERANCE)
