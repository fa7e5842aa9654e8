"""The file of a trained model."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import zipfile
from pathlib import Path

MODEL = "model.keras"


def explain_load_failure(model: Path, error: Exception) -> str:
    """Explain in one line why a model cannot be loaded, and whether another Keras saved it.

    Args:
        model: the file, a ZIP archive whose `metadata.json` holds the version of Keras.
        error: the exception that loading raised.
    """
    reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    with contextlib.suppress(OSError, KeyError, ValueError, zipfile.BadZipFile):
        with zipfile.ZipFile(model) as archive:
            saved_by = json.loads(archive.read("metadata.json"))["keras_version"]
        if saved_by != (here := importlib.metadata.version("keras")):
            return f"Keras {saved_by} saved it, and Keras {here} is installed: {reason}"
    return reason
