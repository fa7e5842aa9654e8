"""Report: all outputs of a run -> its page, and the same figures as Markdown."""

from __future__ import annotations

import shutil
from typing import Any

import pyarrow as pa

from data_contracts.dataset import Dataset, Target
from tasks.configuration.settings import Settings
from tasks.engine.stages import stage
from tasks.modelling.slices import title_slices
from tasks.pages.quotes import gather_reviews
from tasks.pages.wording import CHOSEN_EPOCH, advise_on_more_reviews
from tasks.storage.artifacts import Artifact, Output, merge_ingredients
from tasks.storage.workspace import Workspace

HEADLINES = {
    "Promoted": "The candidate is the new champion.",
    "KeptChampion": "The champion stays.",
    "NotPromoted": "There is no champion yet, and the candidate does not become one.",
}
MODELS = {
    "network": "Candidate",
    "median": "Training median",
    "ridge": "Ridge on TF-IDF of words and bigrams",
}


def list_scores(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """List the MAE of the candidate and of each baseline.

    Returns:
        For each model, the candidate first, its `name`, and its MAE on `every` test row,
        on the `unseen` rows and on the `fair` rows, null without such rows.
    """
    scores = {"network": figures, **figures["baselines"]}
    return [
        {
            "name": MODELS.get(name, name),
            "every": score["test_mae"],
            "unseen": score["test_mae_unseen"],
            "fair": figures["fair"]["mae"][name],
        }
        for name, score in scores.items()
    ]


def note_sample(ridge_rows: int, train_rows: int) -> str:
    """Say that ridge regression was trained on a sample of the reviews; empty if on all."""
    if ridge_rows == train_rows:
        return ""
    return (
        f"Ridge regression was trained on a sample of {ridge_rows:,} of the {train_rows:,} training"
        " reviews (--baselines.train-rows-max)."
    )


def draw_pictures(content: dict[str, Any], predictions: pa.Table, target: Target) -> dict[str, Any]:
    """Draw the page's pictures, as trusted markup by name."""
    from tasks.pages.figures import (
        draw_epochs,
        draw_errors,
        draw_learning_curve,
        draw_predictions,
        draw_scores,
    )
    from tasks.pages.page import trust_markup

    actual = predictions["actual"].to_numpy()
    scores = {score["name"]: (score["every"], score["unseen"]) for score in content["scores"]}
    pictures = {
        "scores": draw_scores(scores, target),
        "predictions": draw_predictions(actual, predictions["estimated"].to_numpy(), target),
        "errors": draw_errors(actual, predictions["error"].to_numpy(), target),
    }
    if content["history"]:
        best = content["trained"]["best_epoch"]
        pictures["epochs"] = draw_epochs(content["history"], best, target)
    if content["curve"]:
        pictures["curve"] = draw_learning_curve(content["curve"], target)
    return {name: trust_markup(svg) for name, svg in pictures.items()}


def list_settings(settings: Settings) -> dict[str, list[tuple[str, Any, str]]]:
    """List the name, value and meaning of each parameter, by stage."""
    return {
        name: [
            (field, getattr(parameters, field), about.description or "")
            for field, about in type(parameters).model_fields.items()
        ]
        for name, parameters in settings
    }


def gather_results(
    workspace: Workspace,
    splits: Artifact,
    trained: Artifact,
    baselines: Artifact,
    evaluated: Artifact,
    decision: Artifact,
) -> dict[str, Any]:
    """Collect the results of training, evaluation and promotion."""
    content = workspace.read_json(decision, "decision.json")
    figures = workspace.read_json(evaluated, "figures.json")
    return {
        "figures": figures,
        "scores": list_scores(figures),
        "sample_note": note_sample(baselines.facts["ridge_rows"], splits.facts["train"]),
        "decision": content,
        "headline": HEADLINES[content["verdict"]],
        "history": workspace.read_json(trained, "history.json"),
        "trained": trained.facts,
    }


def gather_curve(workspace: Workspace, curve: Artifact | None, target: Target) -> dict[str, Any]:
    """Collect the learning curve, if there is one, how to read it and what it suggests."""
    measured = workspace.read_json(curve, "learning_curve.json") if curve else []
    advice = f"{CHOSEN_EPOCH} {advise_on_more_reviews(measured, target)}" if measured else ""
    return {"curve": measured, "advice": advice}


def gather_origins(artifacts: list[Artifact], settings: Settings) -> dict[str, Any]:
    """Collect the lineage of the outputs: parameters, code and libraries of all stages."""
    return {
        "artifacts": artifacts,
        "reviews_digest": artifacts[0].ingredients.get("inputs", {}).get("reviews"),
        "code": merge_ingredients(artifacts, "code"),
        "libraries": merge_ingredients(artifacts, "libraries"),
        "settings": list_settings(settings),
        "evaluation": settings.evaluation,
        "split": settings.split,
        "vectorizer": settings.vectorizer,
    }


def copy_data_pages(workspace: Workspace, checked: Artifact) -> None:
    """Copy the data quality pages beside the report, since pruning may remove the originals."""
    for name in ("data_quality.html", "rejects.csv"):
        with workspace.writing(name) as path:
            shutil.copyfile(workspace.input_path(checked, name), path)
    with workspace.writing("data_docs") as folder:
        shutil.copytree(workspace.input_path(checked, "data_docs"), folder)


def write_pages(workspace: Workspace, content: dict[str, Any]) -> None:
    """Write the run page, and the same as Markdown."""
    from tasks.pages.run_page import to_html, to_markdown

    workspace.write_text(to_html(content), "report.html")
    workspace.write_text(to_markdown(content), "report.md")


@stage("report", depends_on_facts=True)
def write_report(
    workspace: Workspace,
    checked: Artifact,
    splits: Artifact,
    vocabulary: Artifact,
    trained: Artifact,
    baselines: Artifact,
    evaluated: Artifact,
    decision: Artifact,
    curve: Artifact | None,
    contract_name: str,
    dataset: Dataset,
    settings: Settings,
    chosen: list[str],
    device: str,
) -> Output:
    """Write the report of a run as a page and as Markdown.

    `chosen` lists the settings (`stage.field`) of `auto`. A cached report keeps its source's name.
    """
    predictions = workspace.read_table(evaluated, "predictions.parquet")
    artifacts = [checked, splits, vocabulary, trained, baselines, evaluated, decision]
    content = {
        "source": workspace.source,
        "device": device,
        "chosen": chosen,
        "data": checked.facts,
        "contract_name": contract_name,
        "target": dataset.target,
        "slice_titles": title_slices(dataset),
        **gather_curve(workspace, curve, dataset.target),
        **gather_results(workspace, splits, trained, baselines, evaluated, decision),
        **gather_reviews(workspace, splits, vocabulary, predictions, dataset, settings),
        **gather_origins([*artifacts, *filter(None, [curve])], settings),
    }
    content["pictures"] = draw_pictures(content, predictions, dataset.target)
    copy_data_pages(workspace, checked)
    write_pages(workspace, content)
    verdict, test_mae = content["decision"]["verdict"], content["figures"]["test_mae"]
    return Output(facts={"verdict": verdict, "test_mae": test_mae})
