"""The preset file of a tuning."""

from __future__ import annotations

from pathlib import Path

from data_contracts.dataset import Target
from tasks.configuration.errors import UsageError
from tasks.configuration.preset_files import (
    SUFFIXES,
    ChosenPreset,
    dump_overrides,
    format_preset,
    lay_over,
    make_overrides,
)
from tasks.engine.run import Run
from tasks.storage.atomic_files import explain_os_errors, write_atomically
from tasks.trials.results import Trial
from tasks.trials.search_space import nest

TUNED = "presets/tuned.yaml"
"""Place of the preset file in the store, by default."""
MACHINE = ("device",)
"""Settings of the training that are of a machine, and not of a model."""


def check_output(output: str | None) -> None:
    """Make sure that `output` may name a preset file.

    Raises:
        UsageError: it is a folder, or does not end in .yaml.
    """
    if output is not None and (not output.endswith(SUFFIXES) or Path(output).is_dir()):
        raise UsageError(f"--output {output}: name a file that ends in .yaml")


def write_preset(
    chosen: ChosenPreset, model: str, best: Trial, trials: int, rows: int, target: Target
) -> str:
    """Write the text of a preset file.

    Args:
        chosen: the preset, and the settings that a person set, which the file keeps if they are of
            the model and its training.
        model: the model type.
        best: the best trial.
        trials: number of trials.
        rows: number of training reviews.
        target: for the MAE.
    """
    given, found = dump_overrides(chosen.overrides), nest(best.values)
    # Not the settings of the data.
    stages = ("vectorizer", model, "training")
    values = {stage: given.get(stage, {}) | found.get(stage, {}) for stage in stages}
    for field in MACHINE:
        values["training"].pop(field, None)
    overrides = lay_over(chosen.base, make_overrides(values), {})
    mae = target.format_error(best.validation_mae or 0.0)
    about = (
        "A preset file: wine-points retrain --preset FILE\n"
        f"Trial {best.number} of {trials}, on {rows:,} training reviews; validation MAE {mae}."
    )
    return format_preset(chosen.base, overrides, about)


def keep_preset(run: Run, text: str, output: str | None) -> str:
    """Write the preset file, atomically; return its place.

    Args:
        run: for the store.
        text: of the file.
        output: its path; by default it is in the store.

    Raises:
        StoreError: it cannot be written.
    """
    if output is None:
        run.store.records.write(TUNED, text.encode())
        return run.store.records.place(TUNED)
    path = Path(output).absolute()
    with explain_os_errors(path.parent, "--output"):
        write_atomically(path, text.encode())
    return str(path)
