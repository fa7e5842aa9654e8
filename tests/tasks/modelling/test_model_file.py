from __future__ import annotations

import importlib.metadata
import json
import zipfile
from pathlib import Path

import pytest

from tasks.modelling.model_file import explain_load_failure

HERE = importlib.metadata.version("keras")


def write_model(path: Path, metadata: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", metadata)
    return path


def test_another_keras_is_named(tmp_path: Path) -> None:
    model = write_model(tmp_path / "model.keras", json.dumps({"keras_version": "2.0.9"}))
    said = explain_load_failure(model, ValueError("no such layer\nand more"))
    assert said == f"Keras 2.0.9 saved it, and Keras {HERE} is installed: no such layer"


@pytest.mark.parametrize("metadata", [json.dumps({"keras_version": HERE}), "{}", "no JSON"])
def test_where_it_is_not_the_version_the_reason_alone_is_told(tmp_path: Path, metadata) -> None:
    model = write_model(tmp_path / "model.keras", metadata)
    assert explain_load_failure(model, ValueError("no such layer")) == "no such layer"


def test_a_file_that_is_no_model_and_an_error_without_words_are_told(tmp_path: Path) -> None:
    model = tmp_path / "model.keras"
    assert explain_load_failure(model, MemoryError()) == "MemoryError"
    model.write_bytes(b"no model")
    assert explain_load_failure(model, ValueError("x" * 400)) == "x" * 300
