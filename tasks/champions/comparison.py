"""A candidate against the champion, on what the stages left: which checks are made, and on what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.champions.champion import Champion, ChampionRoom
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
from tasks.configuration.parameters import PromotionParameters
from tasks.modelling.model_file import MODEL, explain_load_failure
from tasks.modelling.points import round_points
from tasks.modelling.predictions import PREDICTIONS, absolute_errors
from tasks.modelling.slices import name_slices
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact
from tasks.storage.workspace import Workspace


class Comparison(NamedTuple):
    """What a decision is about.

    Attributes:
        trained: the candidate.
        evaluated: its predictions, rows as in the test set.
        test: what it was tested on.
        lineage: the candidate's, of the stages so far.
        champion: the champion that it stands against, if there is one.
        events: the history that the decision is made under.
    """

    trained: Artifact
    evaluated: Artifact
    test: Artifact
    lineage: dict[str, Any]
    champion: Champion | None
    events: list[Event]


def compare_with_champion(
    workspace: Workspace,
    room: ChampionRoom,
    champion: Champion,
    comparison: Comparison,
    parameters: PromotionParameters,
) -> list[Check]:
    """Let the champion predict the test rows that are fair to both, and compare.

    Args:
        workspace: for reading the inputs.
        room: for reading the champion's own copies.
        champion: whom it is compared with.
        comparison: the candidate's predictions, the test set and the history.
        parameters: of the promotion.

    Raises:
        StoreError: the champion could not be asked, which says nothing of the candidate.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    test = workspace.read_table(comparison.test, "test.parquet")
    mine = workspace.read_table(comparison.evaluated, PREDICTIONS, ["error", "fair"])
    with workspace.explain_errors():
        theirs = pq.read_table(room.path_of(champion, KNOWN))[DIGESTS].combine_chunks()
    fair = pc.and_(mine["fair"], pc.invert(pc.is_in(test[DIGESTS], theirs)))
    slices = name_slices(test.to_pandas())
    sizes = {kind: names.value_counts().to_dict() for kind, names in slices.items()}
    test, errors = test.filter(fair), np.abs(mine["error"].filter(fair).to_numpy())
    try:
        others = _measure_errors(room.path_of(champion, MODEL), test)
    except StoreError:
        raise
    except Exception as error:  # whatever a library that has changed since makes of a sound file
        return [_deny_for_silence(room.path_of(champion, MODEL), error)]
    newer = is_newer(comparison.events, comparison.lineage, champion.lineage)
    spent_points = follow_succession(comparison.events).spent_points
    names = {kind: named[fair.to_numpy()].to_numpy(str) for kind, named in slices.items()}
    return [
        check_errors(errors, others, newer, spent_points, parameters),
        check_slices(errors - others, names, sizes, parameters),
    ]


def _deny_for_silence(model: Path, error: Exception) -> Check:
    reason = explain_load_failure(model, error)
    detail = f"its file is what it was, but cannot be loaded and asked: {reason}"
    name, denial = "meets a champion that predicts", "meets a champion that does not predict"
    return Check.denied(name, denial, detail)


def _measure_errors(model: Path, test: pa.Table) -> NDArray[np.float64]:
    """Let a saved model predict; return the absolute errors in points, (rows,).

    Raises:
        StoreError: there was no memory for it, or the file may not be read.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from tasks.modelling.serving import load_model, predict

    try:
        estimated = predict(load_model(model), test["description"].to_pylist())
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise StoreError("nothing was decided: no memory to ask the champion; run again") from error
    except PermissionError as error:
        raise StoreError(f"{error.filename}: {error.strerror}; nothing was decided") from error
    predicted = round_points(estimated)
    errors: NDArray[np.float64] = np.abs(predicted - test["points"].to_numpy())
    return errors


def make_checks(
    workspace: Workspace,
    room: ChampionRoom,
    comparison: Comparison,
    parameters: PromotionParameters,
) -> list[Check]:
    """Make the checks of a candidate, those that cost most last and only if they can matter."""
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
        checks += compare_with_champion(workspace, room, champion, comparison, parameters)
    if all(check.passed for check in checks):
        checks.append(
            check_reproduction(
                workspace.input_path(comparison.trained, MODEL),
                comparison.trained.files[MODEL],
                workspace.output / SAMPLE,
                parameters.reproduction_tolerance_points,
            )
        )
    return checks


def describe_success(comparison: Comparison, checks: list[Check]) -> str:
    """Say what a candidate that passed all checks has done, after "the candidate"."""
    if comparison.champion is None:
        return "is the first to pass the gate"
    gain = next((c.figures for c in checks if "newer_data" in c.figures), None)
    if gain is None:
        return "passes the gate, and the champion knows no real reviews"
    if gain["gain_lower_limit_points"] > 0:
        return "beats the champion"
    return "is hardly worse than the champion, on newer data"
