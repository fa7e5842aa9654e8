"""The checks of a candidate against the champion.

Each check uses a one-sided interval at the stated confidence, without correction for multiple
tests. Among some 40 slices, chance alone could therefore deny a harmless candidate. The bound on a
slice's loss is well above the noise of 200 rows and keeps this unlikely; and then the champion
stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_contracts.wording import write_count
from tasks.champions.champion import Champion
from tasks.champions.checks import Check, describe_gain, find_lower_limit, measure_gain
from tasks.champions.history import Event
from tasks.champions.scales import explain_other_scale, major_of, target_of
from tasks.configuration.parameters import PromotionParameters
from tasks.configuration.promotion_bounds import PromotionBounds

SLICE_FAIR_ROWS_MIN = 50
"""Fewest fair rows for the bootstrap of a slice."""

NAMED_SLICES_MAX = 3
"""Most slices that the detail of a check names."""


def check_standing(
    champion: Champion,
    version: str,
    lineage: dict[str, Any],
    test_rows: int,
    parameters: PromotionParameters,
) -> list[Check]:
    """Check whether a candidate may be compared with the champion; list the failed checks.

    A candidate of real reviews replaces a champion of demo reviews without a comparison.

    Args:
        champion: the champion.
        version: of the candidate.
        lineage: of the candidate; see `trace_lineage`.
        test_rows: number of rows that the candidate was evaluated on.
        parameters: the smallest test set.
    """
    champion_lineage = champion.lineage
    if champion.version == version:
        denial = "is the champion itself"
        return [Check.denied("is another than the champion", denial, "equal weights")]
    if lineage["demo"] and not champion_lineage["demo"]:
        name, denial = "was trained on real reviews", "was trained on demo reviews only"
        return [Check.denied(name, denial, "the champion was trained on real ones")]
    if champion_lineage["demo"] and not lineage["demo"]:
        return []
    contract, champion_contract = lineage["contract_version"], champion_lineage["contract_version"]
    checks = []
    if major_of(contract) != major_of(champion_contract):
        detail = f"version {contract} against {champion_contract}; a person can promote it by hand"
        name = "has the champion's data contract"
        checks.append(Check.denied(name, "has another data contract than the champion", detail))
    elif scale := explain_other_scale(champion_lineage, target_of(lineage)):
        name = "has the champion's scale of the target"
        denial = "has another scale of the target under the same major version of the contract"
        checks.append(Check.denied(name, denial, scale))
    return checks + check_test_rows(test_rows, champion.metrics["rows"], parameters)


def check_test_rows(rows: int, before: int, parameters: PromotionParameters) -> list[Check]:
    """Check that the test set has not shrunk; list the check if it failed.

    Args:
        rows: number of test rows of the candidate.
        before: number of test rows of the champion when it was promoted.
        parameters: the smallest share.
    """
    least = parameters.test_rows_min_fraction
    if rows >= least * before:
        return []
    figures = {"rows": rows, "champion_rows": before, "rows_min_fraction": least}
    detail = (
        f"{write_count(rows, 'row')} against {before} when the champion was promoted; at least"
        f" {least:.0%} are needed"
    )
    name = "was tested on enough rows"
    return [Check.denied(name, "was tested on too few rows", detail, figures)]


def check_withdrawal(withdrawn: Event | None) -> list[Check]:
    """Check that no person withdrew the model; list the check if it failed."""
    if withdrawn is None:
        return []
    detail = f"on {withdrawn.time[:10]}, {withdrawn.reason!r}; a person can promote it again"
    figures = {"event": withdrawn.number}
    return [Check.denied("was not withdrawn", "was withdrawn by hand", detail, figures)]


def check_errors(
    candidate_errors: NDArray[np.float64],
    champion_errors: NDArray[np.float64],
    newer: bool,
    spent_margin: float,
    parameters: PromotionParameters,
    bounds: PromotionBounds,
) -> Check:
    """Check by paired bootstrap that the MAE is smaller, or, with newer data, within the margin.

    Args:
        candidate_errors: absolute errors on the rows fair to both models, (rows,).
        champion_errors: the champion's on the same rows, (rows,).
        newer: whether the candidate's data came into the store after the champion's.
        spent_margin: the part of the margin that earlier promotions used; see `Succession`.
        parameters: confidence, resamples, seed.
        bounds: the margin, and the decimals of errors.
    """
    more = ", or, on newer data, hardly worse" if newer else ""
    name, denial = (
        f"is better than the champion{more}",
        f"is not surely better than the champion{more}",
    )
    rows, needed = len(candidate_errors), parameters.fair_rows_min
    if rows < needed:
        detail = f"only {rows} test rows that neither has seen; {needed} are needed"
        return Check.denied(name, denial, detail, {"rows": rows})
    gain = measure_gain(candidate_errors, champion_errors, parameters)
    margin = max(bounds.margin - spent_margin, 0.0) if newer else 0.0
    low, detail = gain["gain_lower_limit"], describe_gain(gain, bounds.digits)
    if newer:
        spent = f"{spent_margin:.{bounds.digits}f}"
        used = f" ({spent} of the margin is used)" if spent_margin else ""
        detail += f"; on newer data at least −{margin:.{bounds.digits}f} is needed{used}"
    figures = {"newer_data": newer, "margin": margin, "margin_spent": spent_margin}
    passed = low > 0 or (newer and low >= -margin)
    return Check(name=name, denial=denial, passed=passed, detail=detail, figures=gain | figures)


def check_slices(
    losses: NDArray[np.float64],
    slices: Mapping[str, NDArray[np.str_]],
    sizes: Mapping[str, Mapping[Any, int]],
    parameters: PromotionParameters,
    bounds: PromotionBounds,
) -> Check:
    """Check by bootstrap that no large slice gets worse by more than the bound.

    Args:
        losses: absolute error of the candidate minus that of the champion on each fair row,
            (rows,).
        slices: the name of each row's slice by kind, (rows,).
        sizes: the number of test rows of each slice, fair or not, by kind and name.
        parameters: smallest slice, confidence, resamples, seed.
        bounds: the kinds of slices, their largest loss, and the decimals of errors.
    """
    bound = bounds.slice_loss_max
    measured: list[dict[str, Any]] = []
    unjudged: list[str] = []
    for kind, name in _list_large(sizes, bounds.slices, parameters.slice_rows_min):
        within = losses[slices[kind] == name]
        if len(within) < SLICE_FAIR_ROWS_MIN:
            unjudged.append(f"{kind} {name}")
            continue
        low = find_lower_limit(within, parameters)
        figures = {"rows": len(within), "loss": float(within.mean()), "lower_limit": low}
        measured.append({"by": kind, "slice": name, **figures, "passed": low <= bound})
    measured.sort(key=lambda part: -part["lower_limit"])
    worse = [part for part in measured if not part["passed"]]
    return Check(
        name="makes no slice worse",
        denial="makes a slice worse",
        passed=not worse,
        detail=_describe_slices(measured, worse, unjudged, bounds),
        figures={"loss_max": bound, "slices": measured, "not_judged": unjudged},
    )


def _describe_slices(
    measured: list[dict[str, Any]],
    worse: list[dict[str, Any]],
    unjudged: list[str],
    bounds: PromotionBounds,
) -> str:
    named_parts = worse[:NAMED_SLICES_MAX] or measured[:1]
    shown = "; ".join(_describe_slice(part, bounds.digits) for part in named_parts)
    if worse:
        shown = f"{len(worse)} of {len(measured)} slices: {shown}"
    elif measured:
        shown = f"the worst of {len(measured)} is {shown}"
    named = ", ".join(unjudged[:NAMED_SLICES_MAX])
    few = f"; slices with too few fair rows: {named}" if unjudged else ""
    allowed = f"{bounds.slice_loss_max:+.{bounds.digits}f}"
    return f"{shown or 'no slice is large enough'}; allowed {allowed}{few}"


def _list_large(
    sizes: Mapping[str, Mapping[Any, int]], kinds: tuple[str, ...], rows_min: int
) -> list[tuple[str, str]]:
    """List the slices that have enough test rows to deny a promotion."""
    return [
        (kind, str(name))
        for kind in kinds
        for name, rows in sizes.get(kind, {}).items()
        if rows >= rows_min
    ]


def _describe_slice(part: dict[str, Any], digits: int) -> str:
    return (
        f"{part['by']} {part['slice']} ({write_count(part['rows'], 'row')}), MAE"
        f" {part['loss']:+.{digits}f}, surely {part['lower_limit']:+.{digits}f}"
    )
