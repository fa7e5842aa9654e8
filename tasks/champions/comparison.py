"""The comparison of a candidate with the champion: reads their data, and runs the checks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from data_contracts.dataset import Dataset
from tasks.champions.champion import Champion, ChampionRegistry
from tasks.champions.champion_rules import (
    check_errors,
    check_slices,
    check_standing,
    check_withdrawal,
)
from tasks.champions.checks import Check
from tasks.champions.copies import KNOWN, SAMPLE
from tasks.champions.gate import check_baselines, check_bound, check_rows
from tasks.champions.history import Event
from tasks.champions.lineage import version_of
from tasks.champions.reproduction import check_reproduction
from tasks.champions.succession import follow_succession, is_newer
from tasks.configuration.errors import StoreError
from tasks.configuration.parameters import PromotionBounds, PromotionParameters
from tasks.modelling.model_file import MODEL, explain_load_failure
from tasks.modelling.predictions import PREDICTIONS, absolute_errors
from tasks.modelling.rounding import round_to_step
from tasks.modelling.slices import name_slices
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact
from tasks.storage.workspace import Workspace


class Comparison(NamedTuple):
    """The candidate, and the champion and history that it is decided against.

    Attributes:
        trained: the output of the training.
        evaluated: the output of the evaluation; rows of the predictions as in the test set.
        test: the test set.
        dataset: the roles of the columns.
        lineage: of the candidate, without the decision.
        champion: the champion, if there is one.
        events: the history before the decision.
    """

    trained: Artifact
    evaluated: Artifact
    test: Artifact
    dataset: Dataset
    lineage: dict[str, Any]
    champion: Champion | None
    events: list[Event]


def compare_with_champion(
    workspace: Workspace,
    registry: ChampionRegistry,
    champion: Champion,
    comparison: Comparison,
    parameters: PromotionParameters,
) -> list[Check]:
    """Let the champion predict the test rows that are fair to both models, and compare the errors.

    Args:
        workspace: reads the inputs.
        registry: reads the champion's files.
        champion: the champion.
        comparison: the candidate's predictions, the test set and the history.
        parameters: of the promotion.

    Raises:
        StoreError: the champion could not predict for a reason that is not the candidate's.
    """
    test = workspace.read_table(comparison.test, "test.parquet")
    predictions = workspace.read_table(comparison.evaluated, PREDICTIONS, ["error", "fair"])
    fair = _mark_fair_to_both(workspace, registry.path_of(champion, KNOWN), test, predictions)
    dataset = comparison.dataset
    slices = name_slices(test.to_pandas(), dataset)
    sizes = {kind: names.value_counts().to_dict() for kind, names in slices.items()}
    errors = np.abs(predictions["error"].to_numpy()[fair])
    model = registry.path_of(champion, MODEL)
    try:
        champion_errors = _measure_errors(model, test.filter(pa.array(fair)), dataset)
    except StoreError:
        raise
    except Exception as error:  # a newer library may fail in any way on an undamaged file
        return [_deny_unloadable_champion(model, error)]
    newer = is_newer(comparison.events, comparison.lineage, champion.lineage)
    spent_margin = follow_succession(comparison.events).spent_margin
    bounds = PromotionBounds.of(parameters, dataset)
    fair_slices = {kind: names[fair].to_numpy(str) for kind, names in slices.items()}
    return [
        check_errors(errors, champion_errors, newer, spent_margin, parameters, bounds),
        check_slices(errors - champion_errors, fair_slices, sizes, parameters, bounds),
    ]


def _mark_fair_to_both(
    workspace: Workspace, known: Path, test: pa.Table, predictions: pa.Table
) -> NDArray[np.bool_]:
    """Mark the candidate's fair rows whose text is not among the champion's digests `known`."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with workspace.explain_errors():
        digests = pq.read_table(known).column(0).combine_chunks()
    fair = pc.and_(predictions["fair"], pc.invert(pc.is_in(test[DIGESTS], digests)))
    return np.asarray(fair, np.bool_)


def _deny_unloadable_champion(model: Path, error: Exception) -> Check:
    reason = explain_load_failure(model, error)
    detail = f"its file is undamaged, but cannot be loaded: {reason}"
    name, denial = "meets a champion that predicts", "meets a champion that does not predict"
    return Check.denied(name, denial, detail)


def _measure_errors(model: Path, test: pa.Table, dataset: Dataset) -> NDArray[np.float64]:
    """Let a saved model predict the test rows; return its absolute errors, (rows,).

    Raises:
        StoreError: memory ran out, or there is no permission to read the file.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from tasks.modelling.serving import load_model, predict

    try:
        estimated = predict(load_model(model), test[dataset.text].to_pylist())
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise StoreError(
            "nothing was decided: not enough memory for the champion's model; run again"
        ) from error
    except PermissionError as error:
        raise StoreError(f"{error.filename}: {error.strerror}; nothing was decided") from error
    predicted = round_to_step(estimated, dataset.target)
    errors: NDArray[np.float64] = np.abs(predicted - test[dataset.target.name].to_numpy())
    return errors


def make_checks(
    workspace: Workspace,
    registry: ChampionRegistry,
    comparison: Comparison,
    parameters: PromotionParameters,
) -> list[Check]:
    """Run the checks of a candidate; the slow ones last, and only if all others passed."""
    predictions = workspace.read_table(comparison.evaluated, PREDICTIONS).to_pandas()
    fair = predictions[predictions["fair"]]
    checks = [check_rows(len(fair), parameters)]
    if checks[0].passed:
        checks += check_baselines(absolute_errors(fair), parameters)
    checks += check_bound(comparison.evaluated.facts, parameters)
    version, champion = version_of(comparison.trained), comparison.champion
    standing = check_withdrawal(follow_succession(comparison.events).withdrawn.get(version))
    if champion:
        rows = comparison.evaluated.facts["rows"]
        standing += check_standing(champion, version, comparison.lineage, rows, parameters)
    checks += standing
    if champion and not standing and champion.lineage["demo"] == comparison.lineage["demo"]:
        checks += compare_with_champion(workspace, registry, champion, comparison, parameters)
    if all(check.passed for check in checks):
        checks.append(
            check_reproduction(
                workspace.input_path(comparison.trained, MODEL),
                comparison.trained.files[MODEL],
                workspace.output / SAMPLE,
                PromotionBounds.of(parameters, comparison.dataset).reproduction_tolerance,
            )
        )
    return checks


def describe_success(comparison: Comparison, checks: list[Check]) -> str:
    """Describe why a candidate passed all checks; to be read after "the candidate"."""
    if comparison.champion is None:
        return "is the first to pass the gate"
    gain = next((c.figures for c in checks if "newer_data" in c.figures), None)
    if gain is None:
        return "passes the gate, and the champion knows no real reviews"
    if gain["gain_lower_limit"] > 0:
        return "beats the champion"
    return "is hardly worse than the champion, on newer data"
