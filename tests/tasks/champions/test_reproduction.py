"""Saved files, sound and spoilt, each loaded by a fresh process."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from subprocess import CompletedProcess
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.champions import reproduction
from tasks.champions.reproduction import check_reproduction, choose_sample, reproduce
from tasks.configuration.parameters import NetworkParameters, VectorizerParameters
from tasks.storage.artifacts import FileRecord
from tests.commands import start
from tests.contracts import POINTS

TEXTS = [f"a made-up wine of {number} words" for number in range(40)]
TOLERANCE = 0.01


def test_the_sample_is_spread_over_the_test_set() -> None:
    texts, points = pa.chunked_array([map(str, range(5_000))]), pa.chunked_array([range(5_000)])
    sample = choose_sample(texts, points)
    assert sample.num_rows == 512
    chosen = sample["estimated"].to_pylist()
    assert (chosen[0], chosen[-1]) == (0, 4_999)
    assert max(np.diff(chosen)) <= 10
    assert sample["text"].to_pylist() == list(map(str, chosen))
    for rows in (1, 3):
        few = choose_sample(texts.slice(0, rows), points.slice(0, rows))
        assert few["estimated"].to_pylist() == list(range(rows))


def save_model(path: Path, start: float = 88.0) -> None:
    from tasks.modelling.network import build_network, join_text
    from tasks.modelling.output_scale import OutputScale
    from tasks.modelling.vectorizer import make_vectorizer

    words = sorted({word for text in TEXTS for word in text.split()})
    shape = NetworkParameters(embedding_units=3, lstm_units=2)
    network = build_network(shape, len(words) + 2)
    vectorizer = VectorizerParameters(vocabulary_size=len(words) + 2, sequence_length=8)
    scale = OutputScale(POINTS, start, 1.0)
    join_text(make_vectorizer(vectorizer, words), network, scale, POINTS.scale).save(path)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model's file, and what it predicts."""
    from tasks.modelling.serving import load_model, predict

    folder = tmp_path_factory.mktemp("saved")
    save_model(folder / "model.keras")
    predicted = predict(load_model(folder / "model.keras"), TEXTS)
    sample = choose_sample(pa.chunked_array([TEXTS]), pa.chunked_array([predicted]))
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
    assert check.figures["difference_max"] <= TOLERANCE


def spoil(how: str, path: Path, sound: bytes) -> None:
    import keras

    if how == "other weights":
        save_model(path, start=88.5)
    elif how == "no number":
        save_model(path, start=float("nan"))
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


def run_forked(words: list[str], env: dict[str, str], **options: Any) -> CompletedProcess[bytes]:
    """Run a module as `subprocess.run` does, with the libraries imported before."""
    python, *isolated, module, model, sample = words
    assert (python, isolated) == (sys.executable, ["-P", "-m"])
    process = start(module, [model, sample], env=env)
    out, err = process.communicate()
    return CompletedProcess(words, process.wait(), out.encode(), err.encode())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("other weights", "off by at most 0.5, allowed 0.01"),
        ("no number", "off by at most no number"),
        ("code", "the model cannot predict: "),
        ("other shape", "the model cannot predict: "),
        ("cut", "the model cannot predict: "),
        ("flipped", "the model cannot predict: "),
        ("empty", "the model cannot predict: "),
        ("text", "the model cannot predict: "),
    ],
)
def test_a_spoilt_file_is_denied_in_words(
    saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, says: str
) -> None:
    monkeypatch.setattr(reproduction.subprocess, "run", run_forked)
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


# The second names are those of the samples of earlier versions.
@pytest.mark.parametrize("names", [["text", "estimated"], ["description", "estimated_points"]])
@pytest.mark.parametrize(
    ("predicted", "difference"), [([88.0, 90.5], 0.5), ([87.0, 90.0], 1.0), ([88.0, np.nan], None)]
)
def test_the_largest_difference_is_told(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    predicted: list[float],
    difference: float | None,
    names: list[str],
) -> None:
    def predict(model: str, texts: list[str]) -> np.ndarray:
        assert (model, texts) == ("the model", ["a wine", "another"])
        return np.array(predicted)

    def load_model(path: Path) -> str:
        return f"the {path.stem}"

    serving = SimpleNamespace(load_model=load_model, predict=predict)
    monkeypatch.setitem(sys.modules, "tasks.modelling.serving", serving)
    model, sample = tmp_path / "model.keras", tmp_path / "sample.parquet"
    model.write_bytes(b"model")
    table = pa.table([["a wine", "another"], [88.0, 90.0]], names)
    pq.write_table(table, sample)
    assert reproduce(model, sample) == {
        "sha256": hashlib.sha256(b"model").hexdigest(),
        "rows": 2,
        "difference_max": difference,
    }
