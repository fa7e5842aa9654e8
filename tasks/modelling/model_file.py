"""The file of a trained model, by the name under which every stage and champion has it."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import zipfile
from pathlib import Path

MODEL = "model.keras"


def explain_load_failure(model: Path, error: Exception) -> str:
    """Say in a line why a model cannot be loaded, and by which Keras it was saved if by another.

    Args:
        model: the file, a ZIP archive whose `metadata.json` names the version that saved it.
        error: what came of loading it.
    """
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    with contextlib.suppress(OSError, KeyError, ValueError, zipfile.BadZipFile):
        with zipfile.ZipFile(model) as archive:
            saved_by = json.loads(archive.read("metadata.json"))["keras_version"]
        if saved_by != (here := importlib.metadata.version("keras")):
            return f"Keras {saved_by} saved it, and Keras {here} is installed: {reason}"
    return reason
