"""Export of the champion as a TensorFlow SavedModel, for servers without Keras and this project."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import keras
import tensorflow as tf

from tasks.champions.served_champion import ServedChampion
from tasks.modelling.serving import split_model
from tasks.storage.atomic_files import explain_os_errors
from tasks.storage.replacing import new_folder

SIGNATURE = "serving_default"
"""The default signature (TensorFlow Serving, REST API)."""


def export_champion(champion: ServedChampion, folder: Path) -> None:
    """Write a champion as a SavedModel, atomically.

    Its signature takes the text under its name in the contract, strings (batch,), and returns the
    columns of a scoring, each (batch,): float32 predictions and bounds, and the strings
    `model_version`. It predicts any string; the caller has to check the reviews against the
    contract.

    Args:
        champion: the model and its intervals.
        folder: a new or empty folder.

    Raises:
        UsageError: the folder is not empty, or is a file.
        StoreError: the folder cannot be written.
    """
    with explain_os_errors(folder.parent, "--output"), new_folder(folder) as part:
        parts = split_model(champion.model)
        archive = keras.export.ExportArchive()
        for tracked in parts or (champion.model,):
            archive.track(tracked)
        strings = tf.TensorSpec((None,), tf.string, name=_make_name(champion.dataset.text))
        estimate = _cut_and_estimate(*parts) if parts else champion.model
        answer = _answer(champion, estimate)
        archive.add_endpoint(SIGNATURE, answer, input_signature=[strings])
        archive.write_out(str(part), verbose=False)


def _cut_and_estimate(
    reader: keras.Model, network: keras.Model
) -> Callable[[tf.Tensor], tf.Tensor]:
    """Join vectorizer and network to a function that cuts padding, as `Predictor` does."""

    def estimate(texts: tf.Tensor) -> tf.Tensor:
        tokens = keras.tree.flatten(reader(texts))
        ends = [tf.reduce_max(tf.where(t != 0, tf.range(tf.shape(t)[1]) + 1, 0)) for t in tokens]
        longest = tf.reduce_max([1, *ends])
        cut = keras.tree.pack_sequence_as(network.input, [t[:, :longest] for t in tokens])
        return network(cut, training=False)

    return estimate


def _answer(champion: ServedChampion, estimate: Callable[[tf.Tensor], tf.Tensor]) -> object:
    """Make the function of the signature."""
    widths, target = champion.intervals.half_widths, champion.dataset.target

    def answer(texts: tf.Tensor) -> dict[str, tf.Tensor]:
        estimated = estimate(texts[:, None])[:, 0]
        rounded = (
            estimated if target.step is None else tf.round(estimated / target.step) * target.step
        )
        columns = {target.predicted: rounded}
        for level, width in widths.items():
            distance = math.inf if width is None else width
            columns[f"lower_{level}"] = tf.clip_by_value(estimated - distance, *target.scale)
            columns[f"upper_{level}"] = tf.clip_by_value(estimated + distance, *target.scale)
        return columns | {"model_version": tf.fill(tf.shape(texts), champion.version)}

    return answer


def _make_name(name: str) -> str:
    """Return a valid name of an argument: a letter, and then ASCII letters, digits and `_`."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return name if name[0].isalpha() else f"text_{name}"
