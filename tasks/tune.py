"""Tune: the results of all trials -> the preset file of the best one, and the page."""

from __future__ import annotations

from typing import Any

from data_contracts.dataset import Dataset
from tasks.configuration.errors import TrainingError
from tasks.engine.stages import stage
from tasks.storage.artifacts import Output
from tasks.storage.workspace import Workspace
from tasks.trials.results import Trial, choose_best
from tasks.trials.search_space import Dimension

PRESET, PAGE, MARKDOWN = "preset.yaml", "tuning.html", "tuning.md"


@stage("tune")
def write_tuning(
    workspace: Workspace,
    trials: list[dict[str, Any]],
    searched: dict[str, list[Any]],
    base: str,
    preset: str,
    rows: dict[str, int],
    dataset: Dataset,
) -> Output:
    """Write the preset file, the page and the same as Markdown.

    Args:
        workspace: for the files.
        trials: see `Trial`.
        searched: the values of each searched setting.
        base: name of the preset that the settings replace.
        preset: the text of the preset file.
        rows: number of reviews of the training and of the validation set.
        dataset: for the target.

    Raises:
        TrainingError: all trainings diverged.
    """
    from tasks.pages.tuning_content import to_markdown
    from tasks.pages.tuning_page import to_html

    results = [Trial.model_validate(trial) for trial in trials]
    best = choose_best(results)
    if best is None:
        raise TrainingError(
            f"each of the {len(trials)} trainings diverged: try a smaller --training.learning-rate"
        )
    content = {
        "trials": results,
        "dimensions": [Dimension(name, tuple(values)) for name, values in searched.items()],
        "base": base,
        "preset": preset,
        "rows": rows,
        "source": workspace.source,
        "target": dataset.target,
    }
    workspace.write_text(preset, PRESET)
    workspace.write_text(to_html(content), PAGE)
    workspace.write_text(to_markdown(content), MARKDOWN)
    return Output(facts={"best": best.number, "validation_mae": best.validation_mae})
