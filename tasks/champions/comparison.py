"""The comparison of a candidate with the champion: reads their data, and runs the checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
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
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.promotion_bounds import PromotionBounds
from tasks.modelling.model_file import MODEL, explain_load_failure
from tasks.modelling.predictions import PREDICTIONS, absolute_errors
from tasks.modelling.saved_errors import measure_errors
from tasks.modelling.slices import read_slices
from tasks.modelling.texts import DIGESTS
from tasks.storage.artifacts import Artifact
from tasks.storage.stored_table import StoredTable
from tasks.storage.workspace import Workspace


class Comparison(NamedTuple):
    """The candidate, and the champion and history that it is decided against.

    Attributes:
        trained: the output of the training.
        evaluated: the output of the evaluation; rows of the predictions as in the test set.
        test: the test set.
        dataset: the roles of the columns.
        lineage: of the candidate, without the decision.
        events: the history before the decision.
    """

    trained: Artifact
    evaluated: Artifact
    test: Artifact
    dataset: Dataset
    lineage: dict[str, Any]
    events: list[Event]

    @property
    def champion(self) -> Champion | None:
        """The champion that the events lead to, if there is one."""
        return Champion.after(self.events)


def compare_with_champion(
    workspace: Workspace,
    registry: ChampionRegistry,
    champion: Champion,
    comparison: Comparison,
    parameters: PromotionParameters,
    bounds: PromotionBounds,
) -> list[Check]:
    """Let the champion predict the test rows that are fair to both models, and compare the errors.

    Args:
        workspace: reads the inputs.
        registry: reads the champion's files.
        champion: the champion.
        comparison: the candidate's predictions, the test set and the history.
        parameters: of the promotion.
        bounds: of the promotion.

    Raises:
        StoreError: the champion could not predict for a reason that is not the candidate's.
    """
    test = workspace.open_table(comparison.test, "test.parquet")
    known = registry.path_of(champion, KNOWN)
    fair, errors = _find_fair_errors(workspace, known, test, comparison.evaluated)
    slices = read_slices(test, comparison.dataset)
    sizes = {kind: names.value_counts().to_dict() for kind, names in slices.items()}
    model = registry.path_of(champion, MODEL)
    try:
        champion_errors = _measure_champion(model, test.filter(fair), comparison.dataset)
    except StoreError:
        raise
    except Exception as error:  # a newer library may fail in any way on an undamaged file
        return [_deny_unloadable_champion(model, error)]
    newer = is_newer(comparison.events, comparison.lineage, champion.lineage)
    spent_margin = follow_succession(comparison.events).spent_margin
    fair_slices = {kind: names[fair].to_numpy(str) for kind, names in slices.items()}
    return [
        check_errors(errors, champion_errors, newer, spent_margin, parameters, bounds),
        check_slices(errors - champion_errors, fair_slices, sizes, parameters, bounds),
    ]


def _find_fair_errors(
    workspace: Workspace, known: Path, test: StoredTable, evaluated: Artifact
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Mark the candidate's fair rows whose text is not among the champion's digests `known`.

    Returns:
        The marks, (rows,), and the candidate's absolute errors on the marked rows.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    with workspace.explain_errors():
        digests = pq.read_table(known).column(0).combine_chunks()
    predictions = workspace.read_table(evaluated, PREDICTIONS, ["error", "fair"])
    seen = pc.is_in(test.read([DIGESTS])[DIGESTS], digests)
    fair = np.asarray(pc.and_(predictions["fair"], pc.invert(seen)), np.bool_)
    return fair, np.abs(predictions["error"].to_numpy()[fair])


def _measure_champion(model: Path, reviews: StoredTable, dataset: Dataset) -> NDArray[np.float64]:
    target = dataset.target
    actual = reviews.read([target.name])[target.name].to_numpy()
    return measure_errors(model, reviews.texts(dataset.text), actual, target)


def _deny_unloadable_champion(model: Path, error: Exception) -> Check:
    reason = explain_load_failure(model, error)
    detail = f"its file is undamaged, but cannot be loaded: {reason}"
    name = "can be compared, as the champion's model loads"
    denial = "cannot be compared, as the champion's model does not load"
    return Check.denied(name, denial, detail)


def make_checks(
    workspace: Workspace,
    registry: ChampionRegistry,
    comparison: Comparison,
    parameters: PromotionParameters,
) -> list[Check]:
    """Run the checks of a candidate; the slow ones last, and only if all others passed."""
    bounds = PromotionBounds.of(parameters, comparison.dataset)
    predictions = workspace.read_table(comparison.evaluated, PREDICTIONS).to_pandas()
    fair = predictions[predictions["fair"]]
    checks = [check_rows(len(fair), parameters)]
    if checks[0].passed:
        checks += check_baselines(absolute_errors(fair), parameters, bounds.digits)
    checks += check_bound(comparison.evaluated.facts, parameters, bounds.digits)
    version, champion = version_of(comparison.trained), comparison.champion
    standing = check_withdrawal(follow_succession(comparison.events).withdrawn.get(version))
    if champion:
        rows = comparison.evaluated.facts["rows"]
        standing += check_standing(champion, version, comparison.lineage, rows, parameters)
    checks += standing
    if champion and not standing and champion.lineage["demo"] == comparison.lineage["demo"]:
        checks += compare_with_champion(
            workspace, registry, champion, comparison, parameters, bounds
        )
    if all(check.passed for check in checks):
        checks.append(
            check_reproduction(
                workspace.input_path(comparison.trained, MODEL),
                comparison.trained.files[MODEL],
                workspace.output / SAMPLE,
                bounds.reproduction_tolerance,
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
