"""A candidate against the champion, on what the stages left: which checks are made, and on what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.champions.champion import Champion, ChampionRoom
from tasks.champions.checks import Check
from tasks.champions.comparison import (
    check_errors,
    check_slices,
    check_standing,
    check_withdrawal,
)
from tasks.champions.copies import KNOWN, SAMPLE
from tasks.champions.gate import check_baselines, check_bound, check_rows
from tasks.champions.history import Event
from tasks.champions.lineage import version_of
from tasks.champions.reproduction import check_reproduction
from tasks.champions.succession import first_seen, follow_succession
from tasks.engine.artifacts import Artifact
from tasks.engine.workspace import Workspace
from tasks.errors import StoreError
from tasks.modelling.model_file import MODEL
from tasks.modelling.points import round_points
from tasks.modelling.slices import name_slices
from tasks.parameters import PromotionParameters
from tasks.texts import DIGESTS, mark_fair


class Contest(NamedTuple):
    """What a decision is about.

    Attributes:
        trained: the candidate.
        evaluated: its predictions, rows as in the test set.
        splits: what it was trained and tested on.
        lineage: the candidate's, of the stages so far.
        champion: the champion that it stands against, if there is one.
        events: the history that the decision is made under.
    """

    trained: Artifact
    evaluated: Artifact
    splits: Artifact
    lineage: dict[str, Any]
    champion: Champion | None
    events: list[Event]


def compare_with_champion(
    workspace: Workspace,
    room: ChampionRoom,
    champion: Champion,
    contest: Contest,
    known: pa.Array,
    parameters: PromotionParameters,
) -> list[Check]:
    """Let the champion predict the test rows that are fair to both, and compare.

    Args:
        workspace: for reading the inputs.
        room: for reading the champion's own copies.
        champion: whom it is compared with.
        contest: the candidate's predictions, the test set and the history.
        known: digests of the descriptions that trained or chose the candidate.
        parameters: of the promotion.

    Raises:
        StoreError: there was not enough memory to ask the champion.
    """
    import pyarrow.parquet as pq

    test = workspace.read_table(contest.splits, "test.parquet")
    errors = workspace.read_table(contest.evaluated, "predictions.parquet", ["error"])["error"]
    theirs = pq.read_table(room.path_of(champion, KNOWN))[DIGESTS].combine_chunks()
    fair = mark_fair(test[DIGESTS], pa.concat_arrays([known, theirs]))
    slices = name_slices(test.to_pandas())
    sizes = {kind: names.value_counts().to_dict() for kind, names in slices.items()}
    test, mine = test.filter(fair), np.abs(errors.filter(fair).to_numpy())
    try:
        others = _measure_errors(room.path_of(champion, MODEL), test)
    except MemoryError as error:
        raise StoreError("nothing was decided: no memory to ask the champion; run again") from error
    except Exception as error:  # whatever a library that has changed since makes of a sound file
        return [_deny_for_silence(error)]
    data, before = contest.lineage["data"], champion.lineage["data"]
    newer = first_seen(contest.events, data) > first_seen(contest.events, before)
    names = {kind: named[fair.to_numpy()].to_numpy(str) for kind, named in slices.items()}
    return [
        check_errors(mine, others, newer, parameters),
        check_slices(mine - others, names, sizes, parameters),
    ]


def _deny_for_silence(error: Exception) -> Check:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    detail = f"its file is what it was, but cannot be loaded and asked: {reason[:300]}"
    name, denial = "meets a champion that predicts", "meets a champion that does not predict"
    return Check.denied(name, denial, detail)


def _measure_errors(model: Path, test: pa.Table) -> NDArray[np.float64]:
    """Let a saved model predict; return the absolute errors in points."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    from tasks.modelling.serving import load_model, predict

    try:
        estimated = predict(load_model(model), test["description"].to_pylist())
    except tf.errors.ResourceExhaustedError as error:
        raise MemoryError from error
    predicted = round_points(estimated)
    errors: NDArray[np.float64] = np.abs(predicted - test["points"].to_numpy())
    return errors


def make_checks(
    workspace: Workspace,
    room: ChampionRoom,
    contest: Contest,
    known: pa.Array,
    parameters: PromotionParameters,
) -> list[Check]:
    """Make the checks of a candidate, those that cost most last and only if they can matter."""
    figures = workspace.read_json(contest.evaluated, "figures.json")
    test = workspace.read_table(contest.splits, "test.parquet", [DIGESTS])
    fair_rows = mark_fair(test[DIGESTS], known).to_numpy().sum()
    checks = [*check_baselines(figures), *check_bound(figures, parameters)]
    checks.append(check_rows(int(fair_rows), parameters))
    version, champion = version_of(contest.trained), contest.champion
    standing = check_withdrawal(follow_succession(contest.events).withdrawn.get(version))
    if champion:
        rows = contest.evaluated.facts["rows"]
        standing += check_standing(champion, version, contest.lineage, rows, parameters)
    checks += standing
    if champion and not standing and champion.lineage["demo"] == contest.lineage["demo"]:
        checks += compare_with_champion(workspace, room, champion, contest, known, parameters)
    if all(check.passed for check in checks):
        checks.append(
            check_reproduction(
                workspace.input_path(contest.trained, MODEL),
                contest.trained.files[MODEL],
                workspace.output / SAMPLE,
                parameters.reproduction_tolerance_points,
            )
        )
    return checks


def say_success(contest: Contest, checks: list[Check]) -> str:
    """Say what a candidate that passed all checks has done, after "the candidate"."""
    if contest.champion is None:
        return "is the first to pass the gate"
    limits = [check.figures.get("gain_lower_limit_points") for check in checks]
    low = next((limit for limit in limits if limit is not None), None)
    if low is None:
        return "passes the gate, and the champion knows no real reviews"
    return "beats the champion" if low > 0 else "is hardly worse than the champion, on newer data"
